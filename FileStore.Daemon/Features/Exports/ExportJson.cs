using System.Text.Json.Serialization;
using FileStore.Core.Exports;

namespace FileStore.Daemon.Features.Exports;

/// <summary>The JSON of exports.</summary>
[JsonSerializable(typeof(ExportEntry[]))]
internal sealed partial class ExportJson : JsonSerializerContext
{
    internal static readonly ExportJson Context = new(JsonResponse.NewOptions());
}

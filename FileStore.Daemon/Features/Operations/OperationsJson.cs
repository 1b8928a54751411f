using System.Text.Json.Serialization;

namespace FileStore.Daemon.Features.Operations;

/// <summary>The response of a healthy daemon.</summary>
internal sealed record Health(string Status);

/// <summary>The JSON of operations.</summary>
[JsonSerializable(typeof(Health))]
internal sealed partial class OperationsJson : JsonSerializerContext
{
    internal static readonly OperationsJson Context = new(JsonResponse.NewOptions());
}

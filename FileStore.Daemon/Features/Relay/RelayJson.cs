using System.Text.Json.Serialization;

namespace FileStore.Daemon.Features.Relay;

/// <summary>An upload that is kept; <paramref name="Path"/> is where, in the store's own words.</summary>
internal sealed record KeptUpload(string Status, string Path, string FileHash);

/// <summary>The JSON of the relay.</summary>
[JsonSerializable(typeof(KeptUpload))]
internal sealed partial class RelayJson : JsonSerializerContext
{
    internal static readonly RelayJson Context = new(JsonResponse.NewOptions());
}

using System.Text.Json.Serialization;

namespace FileStore.Daemon.Features.Relay;

/// <summary>The response to a stored upload; <paramref name="Path"/> is its location in the store.</summary>
internal sealed record KeptUpload(string Status, string Path, string FileHash);

/// <summary>The JSON of the relay.</summary>
[JsonSerializable(typeof(KeptUpload))]
internal sealed partial class RelayJson : JsonSerializerContext
{
    internal static readonly RelayJson Context = new(JsonResponse.NewOptions());
}

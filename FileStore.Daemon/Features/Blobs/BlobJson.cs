using System.Text.Json.Serialization;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>The response to an upload.</summary>
internal sealed record StoredFile(string FileHash, long Size, bool Created);

/// <summary>The response to a deletion.</summary>
internal sealed record DeletedFile(string FileHash, bool Deleted);

/// <summary>A line of a listing; <paramref name="Modified"/> is UTC, in whole seconds.</summary>
internal sealed record ListedFile(string FileHash, long Size, DateTime Modified);

/// <summary>A page of a listing.</summary>
internal sealed record FileList(IReadOnlyList<ListedFile> Files, string? Next);

/// <summary>The JSON of blobs.</summary>
[JsonSerializable(typeof(StoredFile))]
[JsonSerializable(typeof(StoredFile[]))]
[JsonSerializable(typeof(DeletedFile))]
[JsonSerializable(typeof(FileList))]
internal sealed partial class BlobJson : JsonSerializerContext
{
    internal static readonly BlobJson Context = new(JsonResponse.NewOptions());
}

using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob that can be read, until it is disposed. It was last modified when it was stored.</summary>
public abstract class OpenBlob(Digest digest, long length, DateTimeOffset modified) : OpenContent(length, modified)
{
    public Digest Digest { get; } = digest;
}

using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob that can be read, until it is disposed. It was last modified when it was stored.</summary>
public abstract class OpenBlob(Digest digest, long length, DateTimeOffset modified) : OpenContent(length, modified)
{
    public Digest Digest { get; } = digest;

    /// <summary>Which file it is, and in which state it was when it was opened; null if it is none.</summary>
    internal virtual FileStamp? Stamp => null;
}

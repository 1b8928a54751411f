using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob that is open for reading.</summary>
/// <param name="digest">The digest of the content.</param>
/// <param name="length">Length in bytes.</param>
/// <param name="modified">When it was stored: UTC, whole seconds.</param>
public abstract class OpenBlob(Digest digest, long length, DateTimeOffset modified) : OpenContent(length, modified)
{
    public Digest Digest { get; } = digest;

    /// <summary>The state of the file when it was opened; null if the content is not a file's.</summary>
    internal virtual FileStamp? Stamp => null;
}

using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A complete upload that is not a blob yet. Disposing it without a commit discards it.</summary>
/// <param name="digest">The digest of the content.</param>
/// <param name="size">Length in bytes.</param>
public abstract class IncomingBlob(Digest digest, long size) : IAsyncDisposable
{
    public Digest Digest { get; } = digest;

    /// <summary>Length in bytes.</summary>
    public long Size { get; } = size;

    /// <summary>
    /// Opens the content, to inspect it before the commit. It stays readable whatever becomes of the upload. The caller
    /// disposes it.
    /// </summary>
    /// <exception cref="BlobStoreException">The medium failed.</exception>
    public abstract ValueTask<OpenBlob> OpenAsync(CancellationToken ct);

    /// <summary>
    /// Makes the upload a blob, atomically. After <see cref="CommitOutcome.Created"/> or <see
    /// cref="CommitOutcome.AlreadyStored"/> the blob exists, complete, and durable if the store is. To be called once.
    /// After an exception the blob is either missing or complete.
    /// </summary>
    /// <exception cref="BlobStoreException">The medium failed.</exception>
    public abstract Task<CommitOutcome> CommitAsync(CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The outcome of a commit.</summary>
public enum CommitOutcome
{
    /// <summary>The blob is new, or replaces a damaged file of its name.</summary>
    Created,

    /// <summary>The same content was stored already.</summary>
    AlreadyStored,

    /// <summary>
    /// Other content with the same digest is stored, which MD5 and SHA-1 allow. It stays, and the upload is discarded.
    /// </summary>
    Conflict,
}

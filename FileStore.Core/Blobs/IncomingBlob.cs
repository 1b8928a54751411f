using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>Bytes that have come whole and are not a blob yet. Disposed without a commit, they never were.</summary>
public abstract class IncomingBlob(Digest digest, long size) : IAsyncDisposable
{
    public Digest Digest { get; } = digest;

    /// <summary>Length in bytes.</summary>
    public long Size { get; } = size;

    /// <summary>
    /// Opens the bytes, so that they can be looked at before they count. To be called before <see cref="CommitAsync"/>;
    /// what was opened stays readable to its end, whatever becomes of the blob. The caller disposes it.
    /// </summary>
    /// <exception cref="BlobStoreException">The medium failed.</exception>
    public abstract ValueTask<OpenBlob> OpenAsync(CancellationToken ct);

    /// <summary>
    /// Makes the bytes a blob, all at once. When it returns <see cref="CommitOutcome.Created"/> or
    /// <see cref="CommitOutcome.AlreadyStored"/>, the blob is there, whole, and as durable as the store is.
    /// To be called once. After an exception the blob is absent or whole, and nobody may count on it.
    /// </summary>
    /// <exception cref="BlobStoreException">The medium failed.</exception>
    public abstract Task<CommitOutcome> CommitAsync(CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}

/// <summary>How a commit ended.</summary>
public enum CommitOutcome
{
    /// <summary>The blob is new, or took the place of a damaged file of its name.</summary>
    Created,

    /// <summary>The same bytes were there already.</summary>
    AlreadyStored,

    /// <summary>Other bytes with the same digest are stored, which MD5 and SHA-1 allow. They stay; ours are dropped.</summary>
    Conflict,
}

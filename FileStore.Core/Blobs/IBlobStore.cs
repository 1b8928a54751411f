using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// A store of immutable blobs, each named by the hash of its content. Every implementation passes the contract fixture of
/// the tests. Members may be called from any number of threads. Any member may throw <see cref="BlobStoreException"/> if
/// the medium behind the store fails, and <see cref="OperationCanceledException"/> if its token is cancelled; either way
/// the operation has had no effect.
/// </summary>
public interface IBlobStore : IBlobReader, IBlobWriter, IBlobRemover, IBlobLister
{
    /// <summary>The hash that names this store's blobs. Every digest passed to the store must be of this kind.</summary>
    HashKind HashKind { get; }

    /// <summary>Checks that a blob could be stored now.</summary>
    /// <exception cref="BlobStoreException">It could not; the exception says why.</exception>
    Task CheckWritableAsync(CancellationToken ct);
}

/// <summary>Opens blobs.</summary>
public interface IBlobReader
{
    /// <summary>Opens a blob for reading. It stays readable even if the blob is removed. The caller disposes it.</summary>
    /// <returns>The open blob; null if there is none.</returns>
    ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct);

    /// <summary>
    /// Where the medium keeps a blob, or would keep it: for files the absolute path. For people and other programs.
    /// </summary>
    string LocationOf(Digest digest);
}

/// <summary>Stores blobs in two steps, so that the caller can inspect an upload before it is committed.</summary>
public interface IBlobWriter
{
    /// <summary>
    /// Reads <paramref name="content"/> to its end. Nothing is visible before <see cref="IncomingBlob.CommitAsync"/>. An
    /// exception of the stream is passed on, and nothing is left behind.
    /// </summary>
    /// <param name="content">The bytes. The stream stays the caller's to dispose.</param>
    /// <param name="length">
    /// An upper bound of the number of bytes, if known. The upload is rejected early if there is no room for them.
    /// </param>
    /// <param name="ct">Cancels the upload.</param>
    /// <returns>The upload, which the caller disposes.</returns>
    Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct);

    /// <summary>
    /// Commits several uploads, all or none. If one fails or conflicts, the blobs that this call has added are removed; a
    /// blob that was there before, or that another caller was told is stored, stays. To be called once per upload, instead
    /// of <see cref="IncomingBlob.CommitAsync"/>.
    /// </summary>
    /// <param name="uploads">Uploads received by this store.</param>
    /// <param name="ct">Cancels the commit.</param>
    /// <returns>
    /// One outcome per upload. If the last one is <see cref="CommitOutcome.Conflict"/>, nothing was stored and the list
    /// ends there.
    /// </returns>
    /// <exception cref="BlobStoreException">The medium failed, and nothing was stored.</exception>
    Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct);
}

/// <summary>Removes blobs.</summary>
public interface IBlobRemover
{
    /// <summary>Removes a blob. The removal is durable when it returns, if the store is.</summary>
    /// <returns>False if there was no such blob.</returns>
    Task<bool> RemoveAsync(Digest digest, CancellationToken ct);
}

/// <summary>Lists blobs.</summary>
public interface IBlobLister
{
    /// <summary>Returns a page of blobs in the order of their digests. The cost grows with the page, not with the store.</summary>
    /// <param name="after">
    /// The page starts with the first digest above this one, which need not exist; null for the first page.
    /// </param>
    /// <param name="limit">The most blobs on the page, 1 or more.</param>
    /// <param name="ct">Cancels the listing.</param>
    Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct);
}

/// <summary>A blob in a listing.</summary>
/// <param name="Digest">The digest.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="Modified">When it was stored: UTC, whole seconds.</param>
public readonly record struct BlobInfo(Digest Digest, long Size, DateTimeOffset Modified);

/// <summary>A page of the list of blobs.</summary>
/// <param name="Blobs">The blobs, in order.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null if this is the last page.</param>
public sealed record BlobPage(IReadOnlyList<BlobInfo> Blobs, Digest? Next);

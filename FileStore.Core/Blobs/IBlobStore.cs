using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Immutable bytes by the name of their hash. Every backend passes the contract fixture of the tests.
/// Members may be called at the same time from any number of threads. Every member may throw
/// <see cref="BlobStoreException"/> when the medium behind the store fails, and
/// <see cref="OperationCanceledException"/> when its token is cancelled; neither leaves anything half done.
/// </summary>
public interface IBlobStore : IBlobReader, IBlobWriter, IBlobRemover, IBlobLister
{
    /// <summary>The hash that names this store's blobs. Every digest given to the store is of this kind.</summary>
    HashKind HashKind { get; }

    /// <summary>Returns if a blob could be stored now.</summary>
    /// <exception cref="BlobStoreException">It could not, and why.</exception>
    Task CheckWritableAsync(CancellationToken ct);
}

/// <summary>Finds blobs.</summary>
public interface IBlobReader
{
    /// <summary>
    /// Opens a blob; null if there is none. What was opened stays readable to its end, also when the blob is removed
    /// meanwhile. The caller disposes it.
    /// </summary>
    ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct);

    /// <summary>
    /// Where the medium keeps a blob, or would keep it, in the medium's own words: of files the absolute path. It means
    /// something to people, and to programs beside this one.
    /// </summary>
    string LocationOf(Digest digest);
}

/// <summary>Takes blobs in, in two steps, so that a caller can look at what came before it counts.</summary>
public interface IBlobWriter
{
    /// <summary>
    /// Reads <paramref name="content"/> to its end. Nothing is visible before <see cref="IncomingBlob.CommitAsync"/>.
    /// An exception from the stream passes through, and leaves nothing behind. The stream stays the caller's.
    /// </summary>
    /// <param name="content">The bytes.</param>
    /// <param name="length">How many bytes will come at most, if known: refused early when there is no room for them.</param>
    /// <param name="ct">Cancels the reading.</param>
    Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct);

    /// <summary>
    /// Makes several uploads blobs, or none of them. If one fails or has a conflict, what this call has added is taken
    /// back; a blob that was there before, or that somebody else was told is stored, stays in any case. To be called once
    /// for each upload, in the place of <see cref="IncomingBlob.CommitAsync"/>.
    /// </summary>
    /// <param name="uploads">Uploads that this store has received.</param>
    /// <param name="ct">Cancels the commit.</param>
    /// <returns>How each ended; after a <see cref="CommitOutcome.Conflict"/>, which is the last then, none was stored.</returns>
    /// <exception cref="BlobStoreException">The medium failed, and none was stored.</exception>
    Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct);
}

/// <summary>Removes blobs.</summary>
public interface IBlobRemover
{
    /// <summary>Removes a blob. False if there was none. When it returns, the removal is as durable as the store is.</summary>
    Task<bool> RemoveAsync(Digest digest, CancellationToken ct);
}

/// <summary>Lists blobs.</summary>
public interface IBlobLister
{
    /// <summary>A page of blobs in the order of their digests; the cost grows with the page, not with the store.</summary>
    /// <param name="after">The page begins with the first digest above this one, which need not exist; null is the start.</param>
    /// <param name="limit">How many blobs at most, 1 or more.</param>
    /// <param name="ct">Cancels the listing.</param>
    Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct);
}

/// <summary>What a listing says of a blob.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Modified">When it was stored, UTC, whole seconds.</param>
public readonly record struct BlobInfo(Digest Digest, long Size, DateTimeOffset Modified);

/// <summary>A part of the list of blobs.</summary>
/// <param name="Blobs">The blobs, in order.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null if this was the last.</param>
public sealed record BlobPage(IReadOnlyList<BlobInfo> Blobs, Digest? Next);

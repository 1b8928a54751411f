using System.Buffers;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Caches small, frequently read blobs in memory. The content of a small blob is verified against its hash when it is read,
/// unless that was done recently (<see cref="VerifiedBlobs"/>). Content never changes, so a cached copy is exact. A removal
/// made directly on the inner store is noticed within <see cref="RevalidateAfter"/>.
/// </summary>
/// <param name="inner">The store that holds the blobs. It stays the caller's to dispose.</param>
/// <param name="capacity">The most bytes of memory that cached blobs take.</param>
/// <param name="time">The clock.</param>
public sealed class CachedBlobStore(IBlobStore inner, long capacity, TimeProvider time) : IBlobStore
{
    /// <summary>The largest blob that is cached, in bytes.</summary>
    public const int MaxBlobSize = 256 << 10;

    /// <summary>How long a cached blob is served without asking the inner store whether it still exists.</summary>
    public static readonly TimeSpan RevalidateAfter = TimeSpan.FromSeconds(2);

    private readonly BlobCache _cache = new(capacity);
    private readonly VerifiedBlobs _verified = new(time);

    /// <inheritdoc/>
    public HashKind HashKind => inner.HashKind;

    /// <inheritdoc/>
    public ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct)
    {
        var cached = _cache.Find(digest);
        return cached is not null && time.GetElapsedTime(cached.ConfirmedAt) < RevalidateAfter
            ? ValueTask.FromResult<OpenBlob?>(new MemoryBlob(cached))
            : OpenInnerAsync(digest, cached, ct);
    }

    private async ValueTask<OpenBlob?> OpenInnerAsync(Digest digest, CacheEntry? cached, CancellationToken ct)
    {
        var removals = _cache.Removals;
        var confirmedAt = time.GetTimestamp();
        var blob = await inner.OpenAsync(digest, ct);
        if (cached is not null && blob?.Length == cached.Bytes.Length && blob.Modified == cached.Modified)
        {
            cached.ConfirmedAt = confirmedAt;
            await blob.DisposeAsync();
            return new MemoryBlob(cached);
        }

        if (cached is not null)
            _cache.Remove(digest);
        if (blob is null || blob.Length > MaxBlobSize)
            return blob;

        var isAdmitted = _cache.ShouldAdmit(digest, blob.Length);
        var inMemory = blob.InMemory is null ? await ReadIntoMemoryAsync(blob, ct) : blob;
        if (isAdmitted || !_verified.Contains(inMemory))
            await VerifyHashAsync(inMemory);
        if (isAdmitted)
            _cache.Add(new CacheEntry(digest, inMemory.InMemory!.Value.ToArray(), inMemory.Modified) { ConfirmedAt = confirmedAt }, removals);
        return inMemory;
    }

    /// <inheritdoc/>
    public string LocationOf(Digest digest) => inner.LocationOf(digest);

    /// <inheritdoc/>
    public Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct) => inner.ReceiveAsync(content, length, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct) => inner.CommitAllAsync(uploads, ct);

    /// <inheritdoc/>
    public async Task<bool> RemoveAsync(Digest digest, CancellationToken ct)
    {
        try
        {
            return await inner.RemoveAsync(digest, ct);
        }
        finally
        {
            _cache.Remove(digest);
        }
    }

    /// <inheritdoc/>
    public Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct) => inner.ListAsync(after, limit, ct);

    /// <inheritdoc/>
    public Task CheckWritableAsync(CancellationToken ct) => inner.CheckWritableAsync(ct);

    /// <summary>Reads the whole content and disposes the blob.</summary>
    private static async ValueTask<OpenBlob> ReadIntoMemoryAsync(OpenBlob blob, CancellationToken ct)
    {
        await using (blob)
        {
            var length = (int)blob.Length;
            var buffer = ArrayPool<byte>.Shared.Rent(length);
            var filled = 0;
            int count;
            while (filled < length && (count = await blob.ReadAsync(filled, buffer.AsMemory(filled, length - filled), ct)) > 0)
                filled += count;
            return filled == length ? new MemoryBlob(blob.Digest, length, blob.Modified, blob.Stamp, buffer) : throw Damaged(blob.Digest);
        }
    }

    /// <summary>Verifies content against its hash and remembers the result.</summary>
    /// <exception cref="BlobStoreException">The content is damaged. The blob was disposed.</exception>
    private async ValueTask VerifyHashAsync(OpenBlob inMemory)
    {
        if (inMemory.Digest.Kind.DigestOf(inMemory.InMemory!.Value.Span) != inMemory.Digest)
        {
            await inMemory.DisposeAsync();
            throw Damaged(inMemory.Digest);
        }

        _verified.Add(inMemory);
    }

    private static BlobStoreException Damaged(Digest digest) =>
        new(DiskFault.Failed, $"the file of blob {digest} is damaged; an upload of its bytes repairs it");
}

using System.Buffers;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Keeps small blobs that are asked for again in memory, before any other store. Small blobs are compared with their name
/// when they are read, unless that was done not long ago (<see cref="VerifiedBlobs"/>). Content never changes, so what is
/// kept is exact; only whether the blob still exists can change, and a removal that went past this object is noticed within
/// <see cref="RevalidateAfter"/>.
/// </summary>
public sealed class CachedBlobStore(IBlobStore inner, long capacity, TimeProvider time) : IBlobStore
{
    /// <summary>The largest blob that is kept, in bytes.</summary>
    public const int MaxBlobSize = 256 << 10;

    /// <summary>How long a kept blob is served without asking the inner store whether it is still there.</summary>
    public static readonly TimeSpan RevalidateAfter = TimeSpan.FromSeconds(2);

    private readonly BlobCache _cache = new(capacity);
    private readonly VerifiedBlobs _verified = new(time);

    /// <inheritdoc/>
    public HashKind HashKind => inner.HashKind;

    /// <inheritdoc/>
    public ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct)
    {
        var kept = _cache.Find(digest);
        return kept is not null && time.GetElapsedTime(kept.ConfirmedAt) < RevalidateAfter
            ? ValueTask.FromResult<OpenBlob?>(new MemoryBlob(kept))
            : OpenInnerAsync(digest, kept, ct);
    }

    private async ValueTask<OpenBlob?> OpenInnerAsync(Digest digest, CacheEntry? kept, CancellationToken ct)
    {
        var removals = _cache.Removals;
        var confirmedAt = time.GetTimestamp();
        var blob = await inner.OpenAsync(digest, ct);
        if (kept is not null && blob?.Length == kept.Bytes.Length && blob.Modified == kept.Modified)
        {
            kept.ConfirmedAt = confirmedAt;
            await blob.DisposeAsync();
            return new MemoryBlob(kept);
        }

        if (kept is not null)
            _cache.Remove(digest);
        if (blob is null || blob.Length > MaxBlobSize)
            return blob;

        var isWorthwhile = _cache.IsWorthwhile(digest, blob.Length);
        var whole = blob.InMemory is null ? await ReadWholeAsync(blob, ct) : blob;
        if (isWorthwhile || !_verified.Contains(whole))
            await VerifyHashAsync(whole);
        if (isWorthwhile)
            _cache.Add(new CacheEntry(digest, whole.InMemory!.Value.ToArray(), whole.Modified) { ConfirmedAt = confirmedAt }, removals);
        return whole;
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

    /// <summary>Reads a blob that is not in memory, and disposes it.</summary>
    private static async ValueTask<OpenBlob> ReadWholeAsync(OpenBlob blob, CancellationToken ct)
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

    /// <summary>
    /// Compares bytes with their name, and keeps in mind that it was done: nobody is given others, where it can be known in time.
    /// </summary>
    /// <exception cref="BlobStoreException">They are others; the blob was disposed.</exception>
    private async ValueTask VerifyHashAsync(OpenBlob whole)
    {
        if (whole.Digest.Kind.DigestOf(whole.InMemory!.Value.Span) != whole.Digest)
        {
            await whole.DisposeAsync();
            throw Damaged(whole.Digest);
        }

        _verified.Add(whole);
    }

    private static BlobStoreException Damaged(Digest digest) =>
        new(DiskFault.Failed, $"the file of blob {digest} is damaged; an upload of its bytes repairs it");
}

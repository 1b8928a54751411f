using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Keeps small blobs that are asked for again in memory, before any other store. Small blobs are checked against their
/// name when they are read. Content never changes, so what is kept is exact; only whether the blob still exists can
/// change, and a removal that went past this object is noticed within <see cref="Trust"/>.
/// </summary>
public sealed class CachedBlobStore(IBlobStore inner, long capacity, TimeProvider time) : IBlobStore
{
    /// <summary>The largest blob that is kept, in bytes.</summary>
    public const int MaxBlobSize = 256 << 10;

    /// <summary>How long a kept blob is served without asking the inner store whether it is still there.</summary>
    public static readonly TimeSpan Trust = TimeSpan.FromSeconds(2);

    private readonly BlobCache _cache = new(capacity);

    /// <inheritdoc/>
    public HashKind HashKind => inner.HashKind;

    /// <inheritdoc/>
    public async ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct)
    {
        var kept = _cache.Find(digest);
        if (kept is not null && time.GetElapsedTime(kept.ConfirmedAt) < Trust)
            return new MemoryBlob(kept);

        var removals = _cache.Removals;
        var confirmedAt = time.GetTimestamp();
        var blob = await inner.OpenAsync(digest, ct);
        if (blob is null)
        {
            if (kept is not null)
                _cache.Remove(digest);
            return null;
        }

        if (kept is not null && blob.Length == kept.Bytes.Length && blob.Modified == kept.Modified)
        {
            kept.ConfirmedAt = confirmedAt;
            await blob.DisposeAsync();
            return new MemoryBlob(kept);
        }

        if (blob.Length > MaxBlobSize)
            return blob;

        byte[] bytes;
        await using (blob)
            bytes = await ReadWholeAsync(blob, ct);
        var entry = new CacheEntry(digest, bytes, blob.Modified) { ConfirmedAt = confirmedAt };
        if (_cache.IsAskedAgain(digest))
            _cache.Add(entry, removals);
        return new MemoryBlob(entry);
    }

    /// <inheritdoc/>
    public string LocationOf(Digest digest) => inner.LocationOf(digest);

    /// <inheritdoc/>
    public Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct) => inner.ReceiveAsync(content, length, ct);

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

    /// <summary>Nobody is given bytes that are not those of the name, where it can be known in time.</summary>
    private static async ValueTask<byte[]> ReadWholeAsync(OpenBlob blob, CancellationToken ct)
    {
        var bytes = new byte[blob.Length];
        var filled = 0;
        int count;
        while (filled < bytes.Length && (count = await blob.ReadAsync(filled, bytes.AsMemory(filled), ct)) > 0)
            filled += count;

        return filled == bytes.Length && blob.Digest.Kind.DigestOf(bytes) == blob.Digest
            ? bytes
            : throw new BlobStoreException(BlobStoreFault.Failed, $"the file of blob {blob.Digest} is damaged; an upload of its bytes repairs it");
    }

    private sealed class MemoryBlob(CacheEntry entry) : OpenBlob(entry.Digest, entry.Bytes.Length, entry.Modified)
    {
        public override ReadOnlyMemory<byte>? InMemory => entry.Bytes;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
        {
            var count = (int)Math.Clamp(entry.Bytes.Length - offset, 0, buffer.Length);
            entry.Bytes.AsSpan((int)Math.Min(offset, entry.Bytes.Length), count).CopyTo(buffer.Span);
            return ValueTask.FromResult(count);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

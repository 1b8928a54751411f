using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Keeps small blobs that are asked for again in memory, before any other store. Content never changes, so what is
/// kept is exact; only whether the blob still exists can change, and a removal that went past this object is noticed
/// within <see cref="Trust"/>.
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
            _cache.Remove(digest);
            return null;
        }

        if (kept is not null && blob.Length == kept.Bytes.Length && blob.Modified == kept.Modified)
        {
            kept.ConfirmedAt = confirmedAt;
            await blob.DisposeAsync();
            return new MemoryBlob(kept);
        }

        if (blob.Length > MaxBlobSize || !_cache.IsAskedAgain(digest))
            return blob;

        var bytes = await ReadWholeAsync(blob, ct);
        if (bytes is null)
            return blob; // damaged on disk: never kept, so that a repair shows at once
        await blob.DisposeAsync();
        var entry = new CacheEntry(digest, bytes, blob.Modified) { ConfirmedAt = confirmedAt };
        _cache.Add(entry, removals);
        return new MemoryBlob(entry);
    }

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

    private static async ValueTask<byte[]?> ReadWholeAsync(OpenBlob blob, CancellationToken ct)
    {
        var bytes = new byte[blob.Length];
        for (var offset = 0; offset < bytes.Length;)
        {
            var count = await blob.ReadAsync(offset, bytes.AsMemory(offset), ct);
            if (count == 0)
                return null;
            offset += count;
        }

        using var hash = blob.Digest.Kind.Start();
        hash.AppendData(bytes);
        return Digest.FromBytes(blob.Digest.Kind, hash.GetHashAndReset()) == blob.Digest ? bytes : null;
    }

    private sealed class MemoryBlob(CacheEntry entry) : OpenBlob(entry.Digest, entry.Bytes.Length, entry.Modified)
    {
        public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
        {
            var count = (int)Math.Clamp(entry.Bytes.Length - offset, 0, buffer.Length);
            entry.Bytes.AsSpan((int)Math.Min(offset, entry.Bytes.Length), count).CopyTo(buffer.Span);
            return ValueTask.FromResult(count);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

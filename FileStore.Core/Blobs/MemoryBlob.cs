using System.Buffers;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob whose bytes are in memory.</summary>
internal sealed class MemoryBlob : OpenBlob
{
    private readonly bool _isRented;
    private byte[]? _bytes;

    internal MemoryBlob(CacheEntry entry)
        : base(entry.Digest, entry.Bytes.Length, entry.Modified) => _bytes = entry.Bytes;

    /// <param name="digest">The digest.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="modified">When it was stored.</param>
    /// <param name="stamp">The state of the file that was read; null if the content is not a file's.</param>
    /// <param name="rented">A buffer that starts with the content. It returns to the pool on disposal.</param>
    internal MemoryBlob(Digest digest, long length, DateTimeOffset modified, FileStamp? stamp, byte[] rented)
        : base(digest, length, modified) => (Stamp, _bytes, _isRented) = (stamp, rented, true);

    internal override FileStamp? Stamp { get; }

    public override ReadOnlyMemory<byte>? InMemory => Bytes;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        var rest = Bytes[(int)Math.Min(offset, Length)..];
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        return ValueTask.FromResult(count);
    }

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes && _isRented)
            ArrayPool<byte>.Shared.Return(bytes);
        return ValueTask.CompletedTask;
    }

    private ReadOnlyMemory<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsMemory(0, (int)Length);
        }
    }
}

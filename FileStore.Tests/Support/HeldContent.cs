using FileStore.Core.Primitives;

namespace FileStore.Tests.Support;

/// <summary>A content in memory.</summary>
/// <param name="bytes">Its bytes.</param>
/// <param name="failsAt">From where on it cannot be read.</param>
/// <param name="length">How many bytes it says it has, if it lies.</param>
internal sealed class HeldContent(byte[] bytes, long failsAt = long.MaxValue, long? length = null) : OpenContent(length ?? bytes.Length, DateTimeOffset.UnixEpoch)
{
    /// <summary>How many bytes were asked for so far.</summary>
    public long Read { get; private set; }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        if (offset + buffer.Length > failsAt)
            throw new TimeoutException("the disk is gone");
        var count = (int)Math.Clamp(bytes.Length - offset, 0, buffer.Length);
        bytes.AsMemory((int)Math.Min(offset, bytes.Length), count).CopyTo(buffer);
        Read += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

namespace FileStore.Core.Primitives;

/// <summary>What was read of a stream, and then what comes. The stream stays the caller's to dispose.</summary>
public sealed class JoinedStream(ReadOnlyMemory<byte> read, Stream rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _left = read;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left.IsEmpty)
            return rest.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(_left.Length, buffer.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return ValueTask.FromResult(count);
    }
}

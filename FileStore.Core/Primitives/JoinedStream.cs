namespace FileStore.Core.Primitives;

/// <summary>Reads bytes that were taken from a stream already, and then the rest of the stream.</summary>
/// <param name="read">The bytes that come first.</param>
/// <param name="rest">The stream. It stays the caller's to dispose.</param>
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

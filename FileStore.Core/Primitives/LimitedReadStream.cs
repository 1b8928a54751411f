namespace FileStore.Core.Primitives;

/// <summary>
/// Passes reads through, up to a number of bytes. The read that exceeds the limit throws <see
/// cref="LimitExceededException"/>.
/// </summary>
/// <param name="inner">The stream. It stays the caller's to dispose.</param>
/// <param name="limit">The most bytes allowed.</param>
public sealed class LimitedReadStream(Stream inner, long limit) : ReadOnlyStream
{
    private long _count;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        _count += count;
        return _count <= limit ? count : throw new LimitExceededException(limit);
    }
}

/// <summary>A stream has more bytes than allowed.</summary>
/// <param name="limit">The most bytes allowed.</param>
public sealed class LimitExceededException(long limit) : Exception($"more than the {limit} bytes allowed")
{
    /// <summary>The most bytes allowed.</summary>
    public long Limit { get; } = limit;
}

namespace FileStore.Core.Primitives;

/// <summary>
/// Passes reads through and throws <see cref="LimitExceededException"/> as soon as more than a given number of bytes
/// has come. The inner stream stays the caller's to dispose.
/// </summary>
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

/// <summary>More bytes came than <see cref="Limit"/> allows.</summary>
public sealed class LimitExceededException(long limit) : Exception($"more than the {limit} bytes allowed")
{
    /// <summary>The largest number of bytes allowed.</summary>
    public long Limit { get; } = limit;
}

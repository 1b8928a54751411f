namespace FileStore.Core.Primitives;

/// <summary>Bytes of a known length that can be read at any place, until this is disposed.</summary>
public abstract class OpenContent(long length, DateTimeOffset modified) : IAsyncDisposable
{
    /// <summary>Length in bytes.</summary>
    public long Length { get; } = length;

    /// <summary>When they last changed, UTC, whole seconds.</summary>
    public DateTimeOffset Modified { get; } = modified;

    /// <summary>
    /// Reads up to <paramref name="buffer"/>'s length from <paramref name="offset"/> on. Fewer bytes may come;
    /// 0 only at the end, or when the medium lost bytes it once had.
    /// </summary>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}

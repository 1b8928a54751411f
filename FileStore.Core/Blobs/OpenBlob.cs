using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob that can be read, until it is disposed.</summary>
public abstract class OpenBlob(Digest digest, long length, DateTimeOffset modified) : IAsyncDisposable
{
    public Digest Digest { get; } = digest;

    /// <summary>Length in bytes.</summary>
    public long Length { get; } = length;

    /// <summary>When it was stored, UTC, whole seconds.</summary>
    public DateTimeOffset Modified { get; } = modified;

    /// <summary>
    /// Reads up to <paramref name="buffer"/>'s length from <paramref name="offset"/> on. Fewer bytes may come;
    /// 0 only at the end, or when the medium lost bytes it once had.
    /// </summary>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct);

    public abstract ValueTask DisposeAsync();
}

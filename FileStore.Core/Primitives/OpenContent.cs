using System.Runtime.InteropServices;

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

    /// <summary>All of the bytes, if they lie in memory; null if they have to be read. Not to be used after this is disposed: the memory may be another's then.</summary>
    public virtual ReadOnlyMemory<byte>? InMemory => null;

    /// <summary>
    /// Sends bytes to a non-blocking socket without a copy of them in between (sendfile(2)): as many as need wait neither
    /// for the medium nor for the other end. Whatever goes wrong is left for the next reading, or the next sending, to find.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="head">What is to be sent before them; it is kept back where it is plain that none of them can follow it.</param>
    /// <param name="offset">Where the bytes begin.</param>
    /// <param name="count">How many there are to send.</param>
    /// <returns>How many were sent, with those of the head; 0 where this cannot be done.</returns>
    public virtual long SendTo(SafeHandle socket, ReadOnlySpan<byte> head, long offset, long count) => 0;

    public abstract ValueTask DisposeAsync();
}

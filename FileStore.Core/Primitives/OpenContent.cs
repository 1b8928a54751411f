using System.Runtime.InteropServices;

namespace FileStore.Core.Primitives;

/// <summary>Content of a known length that can be read at any offset until it is disposed.</summary>
/// <param name="length">Length in bytes.</param>
/// <param name="modified">When it was last modified: UTC, whole seconds.</param>
public abstract class OpenContent(long length, DateTimeOffset modified) : IAsyncDisposable
{
    /// <summary>Length in bytes.</summary>
    public long Length { get; } = length;

    /// <summary>When it was last modified: UTC, whole seconds.</summary>
    public DateTimeOffset Modified { get; } = modified;

    /// <summary>Reads bytes at an offset.</summary>
    /// <param name="offset">The offset in bytes.</param>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="ct">Cancels the read.</param>
    /// <returns>
    /// The number of bytes, which may be less than requested. It is 0 only at the end, or if the medium has lost content.
    /// </returns>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct);

    /// <summary>
    /// The whole content, if it is in memory; otherwise null. Not to be used after disposal, when the memory is reused.
    /// </summary>
    public virtual ReadOnlyMemory<byte>? InMemory => null;

    /// <summary>
    /// Sends content to a non-blocking socket without copying it (sendfile(2)), as much as neither waits for the medium nor
    /// for the peer. Errors surface at the next read or send.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="head">Bytes to send first. They are not sent unless content can follow.</param>
    /// <param name="offset">The offset of the content in bytes.</param>
    /// <param name="count">The number of bytes to send.</param>
    /// <returns>The number of bytes sent, including those of the head; 0 if this is not supported.</returns>
    public virtual long SendTo(SafeHandle socket, ReadOnlySpan<byte> head, long offset, long count) => 0;

    public abstract ValueTask DisposeAsync();
}

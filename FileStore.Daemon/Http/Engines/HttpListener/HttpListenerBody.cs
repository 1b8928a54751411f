using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// The request body, read from the connection and decoded here. It is hidden from HttpListener, whose reader recurses once
/// per chunk and takes a truncated body for a complete one.
/// </summary>
internal sealed class HttpListenerBody(HttpListenerStream stream, RequestHead head) : ReadOnlyStream
{
    private const int MaxPiece = 128 << 10; // bytes received beyond the end of a chunked body are buffered by the connection

    private readonly ChunkedFraming? _chunks = head.IsChunked ? new ChunkedFraming() : null;

    internal long Count { get; private set; }

    internal bool IsAtEnd => _chunks is null ? Count == (head.ContentLength ?? 0) : _chunks.IsAtEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = 0;
        while (count == 0 && buffer.Length > 0 && !IsAtEnd)
            count = await (_chunks is null ? ReceiveAsync(Within(buffer, head.ContentLength!.Value - Count)) : ReadChunksAsync(buffer, _chunks));
        Count += count;
        return count;
    }

    /// <summary>Returns 0 if only framing was received.</summary>
    private async ValueTask<int> ReadChunksAsync(Memory<byte> buffer, ChunkedFraming chunks)
    {
        var received = buffer[..await ReceiveAsync(Within(buffer, MaxPiece))];
        if (chunks.Decode(received.Span, out var taken) is not { } count)
            throw new BodyCutException("the chunked coding of the request's body is malformed");
        if (taken < received.Length)
            stream.PushBack(received.Span[taken..]);
        return count;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            var count = await stream.ReceiveBodyAsync(buffer);
            return count > 0 ? count : throw new BodyCutException("the request's body was cut short");
        }
        catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
        {
            throw new BodyCutException("the connection broke during the request's body", e);
        }
    }

    private static Memory<byte> Within(Memory<byte> buffer, long most) => buffer[..(int)Math.Min(buffer.Length, most)];
}

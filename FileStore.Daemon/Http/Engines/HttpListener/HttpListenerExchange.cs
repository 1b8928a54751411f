using System.Buffers;
using System.Net;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>A request that HttpListener has parsed. Its body and its response bypass HttpListener.</summary>
internal sealed class HttpListenerExchange : IHttpExchange
{
    /// <summary>A body of up to this many bytes is copied behind the head, which is faster than sending two buffers.</summary>
    private const int MaxCopiedBody = 16 << 10;

    private readonly HttpListenerContext _context;
    private readonly HttpListenerStream _stream;
    private readonly RequestHead _head;
    private readonly HttpListenerBody _body;
    private readonly ResponseHead _response = new();
    private HttpListenerExchange? _next;
    private bool _hasStarted;
    private bool _closeAfterResponse;
    private bool _isAborted;
    private long _bytesSent;

    internal HttpListenerExchange(HttpListenerContext context)
    {
        _context = context;
        _stream = (HttpListenerStream)HttpListenerInternals.StreamOf(context);
        _head = _stream.Head!;
        _body = new HttpListenerBody(_stream, _head);
        // The status that HttpListener sends if the response is never started. Its default is 200.
        context.Response.StatusCode = 500;
        context.Response.ContentLength64 = 0;
    }

    public string Method => _head.Method;

    public string Target => _head.Target;

    /// <summary>Always null: <see cref="HttpListenerStream"/> has rejected malformed heads.</summary>
    public BadHeadException? HeadFault => null;

    public string? Header(string name) => _head.Header(name);

    public IPAddress Client => _stream.Client;

    public bool HasClientLeft => _stream.HasClientLeft;

    public bool IsHttp1 => true;

    public bool IsSecure => false;

    public long? ContentLength => _head.ContentLength;

    public bool HasBody => _head.IsChunked || _head.ContentLength > 0;

    public bool IsChunked => _head.IsChunked;

    public Stream Body => _body;

    public long BytesReceived => _body.Count;

    public int Status
    {
        get => _stream.Synthesized.Status != 0 ? _stream.Synthesized.Status : _response.Status;
        set => _response.Status = value;
    }

    public void SetReason(string reason) => _response.Reason = reason;

    public long ResponseLength
    {
        get => _response.ContentLength;
        set => _response.ContentLength = value;
    }

    public bool HasStarted => _hasStarted || _stream.Synthesized.Status != 0;

    public long BytesSent
    {
        get => _stream.Synthesized.Status != 0 ? _stream.Synthesized.Length : _bytesSent;
        private set => _bytesSent = value;
    }

    public void SetHeader(string name, string value) => _response.SetHeader(name, value);

    public void ClearHeaders() => _response.ClearHeaders();

    public void RelaxReadTimeout() => _stream.Outbound.Rate.IsProxied = true;

    public void CloseConnection() => _closeAfterResponse = true;

    /// <inheritdoc/>
    /// <remarks>
    /// The head is sent with the first bytes of the body. HttpListener would build it from dozens of objects, and close the
    /// connection after a hundred requests.
    /// </remarks>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        byte[]? buffer = null;
        try
        {
            if (HasStarted)
            {
                await _stream.Outbound.SendAsync(bytes);
            }
            else
            {
                var isSmall = bytes.Length <= MaxCopiedBody;
                buffer = ArrayPool<byte>.Shared.Rent(_response.MaxLength + (isSmall ? bytes.Length : 0));
                var length = WriteHead(buffer);
                MarkStarted();
                if (isSmall)
                    bytes.Span.CopyTo(buffer.AsSpan(length));
                await (isSmall
                    ? _stream.Outbound.SendAsync(buffer.AsMemory(0, length + bytes.Length))
                    : _stream.Outbound.SendAsync(buffer.AsMemory(0, length), bytes));
            }

            BytesSent += bytes.Length;
        }
        catch (Exception e) when (IsClientGone(e))
        {
            throw new ClientGoneException(e);
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async ValueTask<long> WriteFromAsync(OpenContent content, long offset, long count)
    {
        try
        {
            var sent = HasStarted ? _stream.Outbound.SendFrom(content, [], offset, count) : await WriteHeadAndFileAsync(content, offset, count);
            BytesSent += sent;
            return sent;
        }
        catch (Exception e) when (IsClientGone(e))
        {
            throw new ClientGoneException(e);
        }
    }

    public async Task CompleteAsync()
    {
        if (_isAborted)
            return;
        try
        {
            if (!HasStarted)
                await WriteAsync(Array.Empty<byte>()); // the head alone
            if (_closeAfterResponse && !_body.IsAtEnd)
                await _stream.LingerAsync();
            _stream.ExpectHead(this);
            _context.Response.Close();
            _stream.ForgetExchange(this);
        }
        catch (Exception e) when (IsClientGone(e))
        {
            Abort();
        }
    }

    public void Abort()
    {
        if (_isAborted)
            return;
        _isAborted = true;
        _stream.Abort();
        try
        {
            _context.Response.Abort();
        }
        catch (Exception e) when (IsClientGone(e))
        {
            // The socket is closed, as intended.
        }
    }

    /// <summary>Keeps the connection's next request, which arrived before this one had ended.</summary>
    internal void SetNext(HttpListenerExchange next) => _next = next;

    internal HttpListenerExchange? TakeNext()
    {
        (var next, _next) = (_next, null); // otherwise all requests of a connection would stay reachable
        return next;
    }

    /// <summary>
    /// Sends the head and as much of the file as is possible without blocking. Sends nothing, not even the head, if no
    /// content can follow.
    /// </summary>
    private async ValueTask<long> WriteHeadAndFileAsync(OpenContent content, long offset, long count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(_response.MaxLength);
        try
        {
            var length = WriteHead(buffer);
            var sent = _stream.Outbound.SendFrom(content, buffer.AsSpan(0, length), offset, count);
            if (sent == 0)
                return 0;
            MarkStarted();
            if (sent < length) // the client has not read earlier responses
                await _stream.Outbound.SendAsync(buffer.AsMemory((int)sent..length));
            return Math.Max(sent - length, 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int WriteHead(Span<byte> buffer)
    {
        // The next head cannot be found behind an unread body.
        _closeAfterResponse |= _head.IsLast || !_body.IsAtEnd;
        return _response.WriteTo(buffer, _closeAfterResponse ? "close" : _head.IsHttp10 ? "keep-alive" : null);
    }

    private void MarkStarted()
    {
        if (_closeAfterResponse)
            _context.Response.Headers["Connection"] = "close"; // HttpListener looks for it
        HttpListenerInternals.MarkStarted(_context.Response);
        _hasStarted = true;
    }

    private static bool IsClientGone(Exception e) =>
        e is HttpListenerException or InvalidOperationException || SocketCloser.IsConnectionFailure(e);
}

using System.Net;
using System.Runtime.InteropServices;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http;

/// <summary>A request that HttpListener has handed out, by the recipes that make its answers safe.</summary>
internal sealed class HttpListenerExchange : IHttpExchange
{
    private readonly HttpListenerContext _context;
    private readonly Wire _wire;
    private readonly RequestHead _head;
    private readonly BodyStream _body;
    private bool _closeAfterwards;
    private bool _aborted;
    private long _bytesSent;

    internal HttpListenerExchange(HttpListenerContext context)
    {
        _context = context;
        _wire = (Wire)HttpListenerInternals.StreamOf(context);
        _head = _wire.Head!;
        // Taken now: for a chunked body, the getter changes the answer, and it may not after the answer has begun.
        _body = new BodyStream(this, context.Request.InputStream);
        context.Response.SendChunked = false;
        // What HttpListener says if it is ever left alone with an answer that has not begun: its own choice is 200.
        context.Response.StatusCode = 500;
        context.Response.ContentLength64 = 0;
        ClearFields();
    }

    public string Method => _head.Method;

    public string Target => _head.Target;

    /// <summary><see cref="Wire"/> has refused those.</summary>
    public BadHeadException? Fault => null;

    public string? Field(string name) => _head.Field(name);

    public IPAddress Client => _wire.Client;

    public bool HasClientLeft => _wire.HasClientLeft;

    public bool IsSecure => false;

    public long? ContentLength => _head.ContentLength;

    public bool HasBody => _head.IsChunked || _head.ContentLength > 0;

    public Stream Body => _body;

    public long BytesReceived => _body.Count;

    public int Status
    {
        get => _wire.AnsweredByItself != 0 ? _wire.AnsweredByItself : _context.Response.StatusCode;
        set
        {
            _context.Response.StatusCode = value;
            if (value >= 400)
                _context.Response.StatusDescription = Problem.Title(value);
        }
    }

    public void SetReason(string reason) => _context.Response.StatusDescription = reason;

    public long AnswerLength
    {
        get => _context.Response.ContentLength64;
        set => _context.Response.ContentLength64 = value;
    }

    public bool HasStarted => _wire.AnswerIsOurs || _wire.AnsweredByItself != 0;

    public long BytesSent
    {
        get => _wire.AnsweredByItself != 0 ? _wire.BytesByItself : _bytesSent;
        private set => _bytesSent = value;
    }

    public void SetField(string name, string value) => _context.Response.Headers[name] = value;

    public void ClearFields()
    {
        _context.Response.Headers.Clear();
        _context.Response.Headers["Server"] = "filestore";
    }

    public void AllowLongRests() => _wire.Sending.IsOfProxy = true;

    public void CloseAfterwards() => _closeAfterwards = true;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Begin();
        try
        {
            // Only the overload with an array goes straight through; never the synchronous one, which Nagle stalls.
            if (!MemoryMarshal.TryGetArray(bytes, out var array))
                array = bytes.ToArray();
#pragma warning disable CA1835
            await _context.Response.OutputStream.WriteAsync(array.Array!, array.Offset, array.Count);
#pragma warning restore CA1835
            BytesSent += bytes.Length;
        }
        catch (Exception e) when (IsClientGone(e))
        {
            throw new ClientGoneException(e);
        }
    }

    public async Task CompleteAsync()
    {
        if (_aborted)
            return;
        try
        {
            if (!HasStarted)
                await WriteAsync(Array.Empty<byte>()); // the head alone
            if (_closeAfterwards && !_body.IsAtEnd)
                await _wire.LingerAsync();
            _wire.ExpectHead();
            _context.Response.Close();
        }
        catch (Exception e) when (IsClientGone(e))
        {
            Abort();
        }
    }

    public void Abort()
    {
        if (_aborted)
            return;
        _aborted = true;
        _wire.Abort();
        try
        {
            _context.Response.Abort();
        }
        catch (Exception e) when (IsClientGone(e))
        {
            // It found its socket closed, which is what was wanted.
        }
    }

    private void Begin()
    {
        if (HasStarted)
            return;
        // A body that was not read makes the next head unfindable, and HttpListener would wait for its rest on a thread.
        _closeAfterwards |= !_body.IsAtEnd;
        if (_closeAfterwards)
            _context.Response.KeepAlive = false;
        _wire.AnswerIsOurs = true;
    }

    private static bool IsClientGone(Exception e) =>
        e is HttpListenerException or InvalidOperationException || Closing.IsConnectionFailure(e);

    /// <summary>The body as HttpListener decodes it, less its habit of taking a cut chunked body for a whole one.</summary>
    private sealed class BodyStream(HttpListenerExchange exchange, Stream decoded) : ReadOnlyStream
    {
        private bool _sawEnd;

        internal long Count { get; private set; }

        internal bool IsAtEnd => _sawEnd || !exchange.HasBody || Count == exchange.ContentLength;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.Length == 0 || IsAtEnd)
                return 0;
            int count;
            try
            {
                count = MemoryMarshal.TryGetArray<byte>(buffer, out var array)
#pragma warning disable CA1835
                    ? await decoded.ReadAsync(array.Array!, array.Offset, array.Count, cancellationToken)
#pragma warning restore CA1835
                    : await decoded.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (IsClientGone(e))
            {
                throw new BodyCutException(exchange._wire.BodyFault ?? "the connection broke in the request's body", e);
            }

            if (count == 0 && exchange._wire.BodyFault is { } fault)
                throw new BodyCutException(fault);
            _sawEnd = count == 0;
            Count += count;
            return count;
        }
    }
}

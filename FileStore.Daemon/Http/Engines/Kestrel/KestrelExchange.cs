using System.Collections.Concurrent;
using System.Net;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Engines.HttpListener;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>A request that Kestrel has handed out, on the features that it offers for it.</summary>
internal sealed class KestrelExchange : IHttpExchange
{
    private readonly IFeatureCollection _features;
    private readonly IHttpRequestFeature _request;
    private readonly IHttpResponseFeature _answer;
    private readonly IHttpResponseBodyFeature _answerBody;
    private readonly KestrelConnection _connection;
    private readonly ConcurrentDictionary<WatchedTransfer, bool> _waiting;
    private readonly BodyStream _body;
    private WatchedTransfer? _receiving;
    private WatchedTransfer? _sending;
    private bool _closeAfterwards;
    private bool _isOfProxy;
    private volatile bool _aborted;

    /// <param name="features">Kestrel's.</param>
    /// <param name="waiting">Where its transfers stand while they wait for the client.</param>
    internal KestrelExchange(IFeatureCollection features, ConcurrentDictionary<WatchedTransfer, bool> waiting)
    {
        _features = features;
        _waiting = waiting;
        _request = features.GetRequiredFeature<IHttpRequestFeature>();
        _answer = features.GetRequiredFeature<IHttpResponseFeature>();
        _answerBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _connection = KestrelConnection.Of(features);
        IsHttp1 = !_request.Protocol.StartsWith("HTTP/2", StringComparison.Ordinal);
        HasBody = features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        Target = _request.RawTarget;
        try
        {
            Target = CheckHead();
        }
        catch (BadHeadException e)
        {
            HeadFault = e;
        }

        _connection.IsInBody = HasBody;
        _connection.Chunks = HasBody && IsChunked ? new ChunkedFraming() : null;
        _body = new BodyStream(this);
        ClearHeaders();
    }

    public string Method => _request.Method;

    public string Target { get; }

    public BadHeadException? HeadFault { get; }

    public IPAddress Client => _connection.Client;

    public bool HasClientLeft => _connection.HasClientLeft;

    public bool IsHttp1 { get; }

    public bool IsSecure => _connection.IsSecure;

    public long? ContentLength => _request.Headers.ContentLength;

    public bool HasBody { get; }

    public bool IsChunked => IsHttp1 && _request.Headers.TransferEncoding.Count > 0;

    public Stream Body => _body;

    public long BytesReceived => _body.Count;

    public int Status
    {
        get => _answer.StatusCode;
        set
        {
            _answer.StatusCode = value;
            if (value >= 400)
                _answer.ReasonPhrase = Problem.Title(value);
        }
    }

    public void SetReason(string reason) => _answer.ReasonPhrase = reason;

    public long ResponseLength
    {
        get => _answer.Headers.ContentLength ?? 0;
        set => _answer.Headers.ContentLength = value;
    }

    public bool HasStarted => _answer.HasStarted;

    public long BytesSent { get; private set; }

    public string? Header(string name) => _request.Headers[name] is { Count: > 0 } values ? string.Join(", ", values.ToArray()) : null;

    public void SetHeader(string name, string value) => _answer.Headers[name] = value;

    public void ClearHeaders()
    {
        _answer.Headers.Clear();
        _answer.Headers.Server = "filestore";
        _answer.Headers.Date = DateHeader.Now();
    }

    public void RelaxReadTimeout() => _isOfProxy = true;

    public void CloseConnection() => _closeAfterwards = true;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Begin();
        try
        {
            // Kestrel says nothing of a client that is gone, but by this token, which small answers do without.
            var gone = BytesSent > 0 ? _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted : default;
            var writing = _answerBody.Stream.WriteAsync(bytes, gone);
            if (writing.IsCompleted)
                await writing;
            else
                await (_sending ??= Watch(sending: true)).WaitAsync(CountAsync(writing, bytes.Length));
            BytesSent += bytes.Length;
        }
        catch (Exception e) when (IsClientGone(e))
        {
            throw new ClientGoneException(e);
        }
    }

    public ValueTask<long> WriteFromAsync(OpenContent content, long offset, long count) => ValueTask.FromResult(0L);

    public async Task CompleteAsync()
    {
        if (_aborted)
            return;
        try
        {
            Begin();
            await _answerBody.CompleteAsync();
            _connection.ResponseIsOurs = false;
            if (!IsHttp1 || !_closeAfterwards || _body.IsAtEnd)
                return;
            _connection.IsRefused = true;
            if (!_body.IsBroken && !await SocketCloser.SwallowAsync(_request.Body))
                Abort(); // or Kestrel would go on reading
        }
        catch (Exception e) when (IsClientGone(e))
        {
            Abort();
        }
        finally
        {
            _connection.IsInBody = false;
        }
    }

    public void Abort()
    {
        _aborted = true;
        _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
    }

    /// <summary>What Kestrel leaves open. Of two contradicting lengths, it puts one under another name.</summary>
    private string CheckHead()
    {
        var isHttp10 = _request.Protocol == "HTTP/1.0";
        if (!IsHttp1 && Header("Transfer-Encoding") is not null)
            throw new BadHeadException(400, "HTTP/2 has no Transfer-Encoding"); // RFC 9113, 8.2.2
        HeadRules.IsChunked(Header("Transfer-Encoding"), hasLength: Header("X-Content-Length") is not null, isHttp10);
        foreach (var (name, values) in _request.Headers)
        {
            if (IsHttp1 || !name.StartsWith(':')) // a pseudo-field of HTTP/2
                HeadRules.CheckName(name);
            foreach (var value in values)
                HeadRules.CheckValue(name, value);
        }

        HeadRules.ExpectsContinue(Header("Expect"), isHttp10);
        return HeadRules.OriginForm(Method, Target, out _); // Kestrel has put its authority into Host
    }

    private void Begin()
    {
        if (HasStarted)
            return;
        _connection.ResponseIsOurs = true;
        if (Status == 204)
            _answer.Headers.ContentLength = null; // which 204 must not have (RFC 9110, 8.6)
        // A body that was not read would have to be, before the next request.
        _closeAfterwards |= IsHttp1 && (HeadFault is not null || !_body.IsAtEnd);
        if (_closeAfterwards && IsHttp1)
            _answer.Headers.Connection = "close";
        else if (_closeAfterwards)
            _features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private WatchedTransfer Watch(bool sending)
    {
        var rate = _connection.NewRate(sending);
        rate.IsProxied = _isOfProxy;
        return new WatchedTransfer(rate, _waiting, Abort);
    }

    private static async Task<int> CountAsync(ValueTask writing, int count)
    {
        await writing;
        return count;
    }

    private static bool IsClientGone(Exception e) => e is OperationCanceledException || SocketCloser.IsConnectionFailure(e);

    /// <summary>The body as Kestrel decodes it.</summary>
    private sealed class BodyStream(KestrelExchange exchange) : ReadOnlyStream
    {
        private bool _sawEnd;

        internal long Count { get; private set; }

        internal bool IsBroken { get; private set; }

        internal bool IsAtEnd => _sawEnd || !exchange.HasBody || Count == exchange.ContentLength;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.Length == 0 || IsAtEnd)
                return 0;
            try
            {
                var reading = exchange._request.Body.ReadAsync(buffer, cancellationToken);
                var isThere = reading.IsCompleted;
                var count = isThere
                    ? await reading
                    : await (exchange._receiving ??= exchange.Watch(sending: false)).WaitAsync(reading.AsTask());
                if (isThere)
                    exchange._receiving?.Count(count);
                _sawEnd = count == 0;
                Count += count;
                return count;
            }
            catch (Exception e) when (IsClientGone(e) || e is InvalidOperationException) // that is what Kestrel says to a NUL in a trailer
            {
                IsBroken = true;
                throw new BodyCutException(e is BadHttpRequestException ? e.Message : "the request's body was cut short", e);
            }
        }
    }
}

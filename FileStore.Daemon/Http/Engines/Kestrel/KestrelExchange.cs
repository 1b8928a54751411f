using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using FileStore.Core.Primitives;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>A request of Kestrel, on the features that it offers.</summary>
internal sealed class KestrelExchange : IHttpExchange
{
    private readonly IFeatureCollection _features;
    private readonly IHttpRequestFeature _request;
    private readonly IHttpResponseFeature _response;
    private readonly IHttpResponseBodyFeature _responseBody;
    private readonly KestrelConnection _connection;
    private readonly ConcurrentDictionary<WatchedTransfer, bool> _waiting;
    private readonly KestrelBody _body;
    private WatchedTransfer? _sending;
    private bool _closeAfterResponse;
    private bool _isProxied;
    private volatile bool _isAborted;

    /// <param name="features">Kestrel's features of the request.</param>
    /// <param name="waiting">Holds the exchange's transfers while they wait for the client.</param>
    internal KestrelExchange(IFeatureCollection features, ConcurrentDictionary<WatchedTransfer, bool> waiting)
    {
        _features = features;
        _waiting = waiting;
        _request = features.GetRequiredFeature<IHttpRequestFeature>();
        _response = features.GetRequiredFeature<IHttpResponseFeature>();
        _responseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
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

        _connection.HasBody = HasBody;
        _connection.Chunks = HasBody && IsChunked ? new ChunkedFraming() : null;
        _body = new KestrelBody(this, _request);
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
        get => _response.StatusCode;
        set
        {
            _response.StatusCode = value;
            if (value >= 400)
                _response.ReasonPhrase = Problem.Title(value);
        }
    }

    public void SetReason(string reason) => _response.ReasonPhrase = reason;

    public long ResponseLength
    {
        get => _response.Headers.ContentLength ?? 0;
        set => _response.Headers.ContentLength = value;
    }

    public bool HasStarted => _response.HasStarted;

    public long BytesSent { get; private set; }

    public string? Header(string name) => _request.Headers[name] is { Count: > 0 } values ? string.Join(", ", values.ToArray()) : null;

    public void SetHeader(string name, string value) => _response.Headers[name] = value;

    public void ClearHeaders()
    {
        _response.Headers.Clear();
        _response.Headers.Server = "filestore";
        _response.Headers.Date = DateHeader.Now();
    }

    public void RelaxReadTimeout() => _isProxied = true;

    public void CloseConnection() => _closeAfterResponse = true;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        PrepareResponse();
        try
        {
            // This token ends a write that waits; small responses do not need it.
            var clientGone = BytesSent > 0 ? _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted : default;
            var writing = _responseBody.Writer.WriteAsync(bytes, clientGone);
            if (writing.IsCompleted)
                RequireClient(await writing);
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
        if (_isAborted)
            return;
        try
        {
            PrepareResponse();
            await _responseBody.CompleteAsync();
            _connection.IsResponding = false;
            if (!IsHttp1 || !_closeAfterResponse || _body.IsAtEnd)
                return;
            _connection.IsRefused = true;
            if (!_body.IsBroken && !await SocketCloser.DrainAsync(_request.Body))
                Abort(); // otherwise Kestrel would go on reading
        }
        catch (Exception e) when (IsClientGone(e))
        {
            Abort();
        }
        finally
        {
            _connection.HasBody = false;
        }
    }

    public void Abort()
    {
        _isAborted = true;
        _features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
    }

    /// <summary>Checks what Kestrel leaves unchecked. Of two contradicting lengths, it renames one to X-Content-Length.</summary>
    private string CheckHead()
    {
        var isHttp10 = _request.Protocol == "HTTP/1.0";
        if (!IsHttp1 && Header("Transfer-Encoding") is not null)
            throw new BadHeadException(400, "HTTP/2 has no Transfer-Encoding"); // RFC 9113, 8.2.2
        HeadRules.IsChunked(Header("Transfer-Encoding"), hasLength: Header("X-Content-Length") is not null, isHttp10);
        foreach (var (name, values) in _request.Headers)
        {
            if (IsHttp1 || !name.StartsWith(':')) // a pseudo-header of HTTP/2
                HeadRules.CheckName(name);
            foreach (var value in values)
                HeadRules.CheckValue(name, value);
        }

        HeadRules.ExpectsContinue(Header("Expect"), isHttp10);
        return HeadRules.OriginForm(Method, Target, out _); // Kestrel has copied its authority to Host
    }

    private void PrepareResponse()
    {
        if (HasStarted)
            return;
        _connection.IsResponding = true;
        if (Status == 204)
            _response.Headers.ContentLength = null; // which 204 must not have (RFC 9110, 8.6)
        // An unread body would have to be read before the next request.
        _closeAfterResponse |= IsHttp1 && (HeadFault is not null || !_body.IsAtEnd);
        if (_closeAfterResponse && IsHttp1)
            _response.Headers.Connection = "close";
        else if (_closeAfterResponse)
            _features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    internal WatchedTransfer Watch(bool sending)
    {
        var rate = _connection.NewRate(sending);
        rate.IsProxied = _isProxied;
        return new WatchedTransfer(rate, _waiting, Abort);
    }

    private static async Task<int> CountAsync(ValueTask<FlushResult> writing, int count)
    {
        RequireClient(await writing);
        return count;
    }

    /// <summary>Kestrel takes what is written after the client has left, and discards it: only the result says so.</summary>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    private static void RequireClient(FlushResult written)
    {
        if (written.IsCompleted)
            throw new OperationCanceledException("the client has left");
    }

    internal static bool IsClientGone(Exception e) => e is OperationCanceledException || SocketCloser.IsConnectionFailure(e);
}

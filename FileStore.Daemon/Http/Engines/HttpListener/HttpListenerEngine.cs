using System.Net;
using System.Net.Sockets;
using Serilog;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// An engine on System.Net.HttpListener, with connections that are accepted here. It is never stopped: Stop, Close and
/// Abort all send "200 OK" to requests in progress, so the process ends with the listener running.
/// </summary>
internal sealed class HttpListenerEngine : IHttpEngine, IHttpListenerStreamOwner
{
    private const int MaxRequestsInTurn = 16; // pipelined requests of a connection before the thread is yielded

    // Shorter than HttpListener's own 90 and 15 seconds.
    private static readonly TimeSpan FirstIdleTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan HeadTimeout = TimeSpan.FromSeconds(10);

    private readonly System.Net.HttpListener _listener = new();
    private readonly object _endPointListener;
    private readonly Acceptor _acceptor;
    private readonly OpenConnections<HttpListenerStream> _connections;
    private readonly Func<IHttpExchange, Task> _handle;
    private readonly AccessLog _access;
    private readonly ILogger _log;
    private readonly TimeProvider _time;

    /// <summary>Starts to listen. Every request is passed to <paramref name="handle"/>.</summary>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    internal HttpListenerEngine(IReadOnlyList<IPEndPoint> endPoints, Func<int> maxConnections, Func<IHttpExchange, Task> handle, AccessLog access, ILogger log, TimeProvider time)
    {
        _handle = handle;
        _access = access;
        _log = log;
        _time = time;
        _connections = new OpenConnections<HttpListenerStream>(stream => stream.IsClosed, maxConnections, time);
        _acceptor = new Acceptor(endPoints, _connections.IsFull, () => RawResponse.Of(503, "too many connections"), log, time);
        _listener.Start();
        _endPointListener = HttpListenerInternals.NewEndPointListener(_listener);
        FailFast.OnFault(WatchAsync(), log);
        for (var i = 0; i < EndPoints.Count; i++)
            FailFast.OnFault(AcceptAsync(i), log);
    }

    public IReadOnlyList<IPEndPoint> EndPoints => _acceptor.EndPoints;

    public void StopAccepting() => _acceptor.Dispose();

    /// <inheritdoc/>
    public Task EndAsync() => Task.CompletedTask; // each exchange has ended when its handler returns

    /// <inheritdoc/>
    public void OnRefused(IPAddress client, int status, long bytes) =>
        _access.Write("-", "-", status, bytes, TimeSpan.Zero, client);

    /// <summary>
    /// Takes a request from HttpListener and handles it on the thread that has read it: a separate loop would cost two
    /// thread switches per request. The request may be another connection's; that connection's thread then finds none, or
    /// this one's.
    /// </summary>
    public void OnRequest(HttpListenerExchange? previous)
    {
        if (HttpListenerInternals.TakeContext(_listener) is not { } context)
            return;
        var exchange = new HttpListenerExchange(context);
        if (previous is null)
            _ = HandleAsync(exchange);
        else
            previous.SetNext(exchange); // handling it here would let pipelined requests grow the stack
    }

    /// <summary>Handles a request and the pipelined ones that arrive in the meantime.</summary>
    private async Task HandleAsync(HttpListenerExchange first)
    {
        var handled = 0;
        for (var exchange = first; exchange is not null; exchange = exchange.TakeNext())
        {
            if (++handled % MaxRequestsInTurn == 0)
                await Task.Yield();
            try
            {
                await _handle(exchange);
            }
            catch (Exception e)
            {
                // The dispatcher handles every exception. This one comes from sending its error response.
                _log.Error(e, "a connection was aborted because its response could not be sent");
                exchange.Abort();
            }
        }
    }

    private async Task AcceptAsync(int index)
    {
        while (await _acceptor.AcceptAsync(index) is { } socket)
        {
            // Count before queueing, or a burst bypasses the limit. Attach on another thread: the first request may be
            // there already, and would be handled on this one while nobody accepts.
            if (TryAddConnection(socket) is { } stream)
                ThreadPool.UnsafeQueueUserWorkItem(Attach, (socket, stream), preferLocal: false);
        }
    }

    private HttpListenerStream? TryAddConnection(Socket socket)
    {
        try
        {
            var stream = new HttpListenerStream(socket, this, _time);
            _connections.Add(stream);
            return stream;
        }
        catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
        {
            socket.Dispose(); // the client has just left
            return null;
        }
    }

    private void Attach((Socket Socket, HttpListenerStream Stream) connection)
    {
        try
        {
            HttpListenerInternals.Attach(_endPointListener, connection.Socket, connection.Stream);
        }
        catch (Exception e)
        {
            connection.Socket.Dispose();
            if (!SocketCloser.IsConnectionFailure(e))
                _log.Error(e, "a connection could not be accepted");
        }
    }

    private async Task WatchAsync()
    {
        using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1), _time);
        while (await everySecond.WaitForNextTickAsync())
        {
            _connections.Prune();
            var now = _time.GetTimestamp();
            foreach (var stream in _connections)
            {
                var (headSince, idleSince) = (stream.HeadSince, stream.IdleSince);
                if (headSince != 0 && _time.GetElapsedTime(headSince, now) > HeadTimeout)
                    _ = stream.TimeOutHeadAsync();
                else if (headSince == 0 && idleSince != 0 && _time.GetElapsedTime(idleSince, now) > (stream.Head is null ? FirstIdleTimeout : IdleTimeout))
                    stream.CloseIdle();
                else if (stream.Receiving.IsTooSlow() || stream.Outbound.Rate.IsTooSlow())
                    stream.Abort();
            }
        }
    }
}

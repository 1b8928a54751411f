using System.Net;
using System.Net.Sockets;
using Serilog;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// System.Net.HttpListener, with connections that are accepted here. It is never stopped: Stop, Close and Abort all
/// answer "200 OK" to requests that are still being handled, so the process ends with it running.
/// </summary>
internal sealed class HttpListenerEngine : IHttpEngine, IHttpListenerStreamOwner
{
    private const int MaxRequestsInTurn = 16; // requests of a connection, before others get a chance

    // Sooner than HttpListener's own 90 and 15 seconds.
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

    /// <summary>Listens at once, and hands every request to <paramref name="handle"/>.</summary>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    internal HttpListenerEngine(IReadOnlyList<IPEndPoint> endPoints, Func<int> maxConnections, Func<IHttpExchange, Task> handle, AccessLog access, ILogger log, TimeProvider time)
    {
        _handle = handle;
        _access = access;
        _log = log;
        _time = time;
        _connections = new OpenConnections<HttpListenerStream>(stream => stream.IsClosed, maxConnections, time);
        _acceptor = new Acceptor(endPoints, _connections.IsFull, () => Problem.RawResponse(503, "too many connections"), log, time);
        _listener.Start();
        _endPointListener = HttpListenerInternals.NewEndPointListener(_listener);
        FailFast.OnFault(WatchAsync(), log);
        for (var i = 0; i < EndPoints.Count; i++)
            FailFast.OnFault(AcceptAsync(i), log);
    }

    public IReadOnlyList<IPEndPoint> EndPoints => _acceptor.EndPoints;

    public void StopAccepting() => _acceptor.Dispose();

    /// <inheritdoc/>
    public Task EndAsync() => Task.CompletedTask; // an exchange ends when that is so

    /// <inheritdoc/>
    public void OnRefused(IPAddress client, int status, long bytes) =>
        _access.Write("-", "-", status, bytes, TimeSpan.Zero, client);

    /// <summary>
    /// Takes a request from HttpListener and handles it here, on the thread that has read it: a loop of its own that waits
    /// for requests costs two changes of threads for each. It may be another connection's request, whose thread then finds
    /// none, or ours.
    /// </summary>
    public void OnRequest(HttpListenerExchange? previous)
    {
        if (HttpListenerInternals.TakeContext(_listener) is not { } context)
            return;
        var exchange = new HttpListenerExchange(context);
        if (previous is null)
            _ = HandleAsync(exchange);
        else
            previous.SetNext(exchange); // not here, or a client that sends many at once would make a stack of them
    }

    /// <summary>Handles a request, and those that have come by the time that it is answered.</summary>
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
                // The dispatcher answers every failure; what comes here is one of the answer itself.
                _log.Error(e, "a connection was cut because its request could not be answered");
                exchange.Abort();
            }
        }
    }

    private async Task AcceptAsync(int index)
    {
        while (await _acceptor.AcceptAsync(index) is { } socket)
        {
            // Counted here, or a burst would not be before it has all come in. The rest on another thread: the first request
            // may be there already, and would be handled here, with nobody accepting meanwhile.
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
            socket.Dispose(); // the client left within these few microseconds
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
                _log.Error(e, "a connection could not be taken");
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

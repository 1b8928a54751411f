using System.Net;
using System.Net.Sockets;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>
/// System.Net.HttpListener, with connections that are accepted here. It is never stopped: Stop, Close and Abort all
/// answer "200 OK" to requests that are still being handled, so the process ends with it running.
/// </summary>
internal sealed class HttpListenerEngine : IHttpEngine, ILinkListener
{
    private const long HeadTimeout = 10_000;

    // Sooner than HttpListener's own 90 and 15 seconds.
    private const long FirstIdleTimeout = 60_000;
    private const long IdleTimeout = 12_000;

    private readonly HttpListener _listener = new();
    private readonly object _endPointListener;
    private readonly Acceptor _acceptor;
    private readonly OpenConnections<Wire> _wires;
    private readonly Func<IHttpExchange, Task> _handle;
    private readonly ILogger _log;

    /// <summary>Listens at once, and hands every request to <paramref name="handle"/>.</summary>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    internal HttpListenerEngine(IReadOnlyList<IPEndPoint> endPoints, Func<int> maxConnections, Func<IHttpExchange, Task> handle, ILogger log)
    {
        _handle = handle;
        _log = log;
        _wires = new OpenConnections<Wire>(wire => wire.IsClosed, maxConnections);
        _acceptor = new Acceptor(endPoints, _wires.IsFull, () => Problem.RawAnswer(503, "too many connections"), log);
        _listener.Start();
        _endPointListener = HttpListenerInternals.NewEndPointListener(_listener);
        Supervision.EndWithout(DispatchAsync(), log);
        Supervision.EndWithout(WatchAsync(), log);
        for (var i = 0; i < EndPoints.Count; i++)
            Supervision.EndWithout(AcceptAsync(i), log);
    }

    public IReadOnlyList<IPEndPoint> EndPoints => _acceptor.EndPoints;

    public void StopAccepting() => _acceptor.Dispose();

    /// <inheritdoc/>
    public void Refused(IPAddress client, int status, long bytes) =>
        AccessLog.Write(_log, "-", "-", status, bytes, 0, client);

    /// <summary>The loop of the daemon: a request comes, and goes to the pool.</summary>
    private async Task DispatchAsync()
    {
        while (true)
        {
            var context = await _listener.GetContextAsync();
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Engine.HandleAsync(work.Context),
                (Engine: this, Context: context), preferLocal: false);
        }
    }

    private async Task HandleAsync(HttpListenerContext context)
    {
        try
        {
            await _handle(new HttpListenerExchange(context));
        }
        catch (Exception e)
        {
            // The dispatcher answers every failure; what comes here is one of the answer itself.
            _log.Error(e, "a connection was cut because its request could not be answered");
            HttpListenerInternals.StreamOf(context).Dispose();
        }
    }

    private async Task AcceptAsync(int index)
    {
        while (await _acceptor.AcceptAsync(index) is { } socket)
            Attach(socket);
    }

    private void Attach(Socket socket)
    {
        try
        {
            var wire = new Wire(socket, this);
            _wires.Add(wire);
            HttpListenerInternals.Attach(_endPointListener, socket, wire);
        }
        catch (Exception e)
        {
            socket.Dispose(); // as a rule, the client left within these few microseconds
            if (!Closing.IsConnectionFailure(e))
                _log.Error(e, "a connection could not be taken");
        }
    }

    private async Task WatchAsync()
    {
        using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await everySecond.WaitForNextTickAsync())
        {
            _wires.Prune();
            var now = Environment.TickCount64;
            foreach (var wire in _wires)
            {
                var (headSince, idleSince) = (wire.HeadSince, wire.IdleSince);
                if (headSince != 0 && now - headSince > HeadTimeout)
                    _ = wire.TimeOutHeadAsync();
                else if (headSince == 0 && idleSince != 0 && now - idleSince > (wire.Head is null ? FirstIdleTimeout : IdleTimeout))
                    wire.EndIdle();
                else if (wire.Receiving.IsTooSlow() || wire.Sending.IsTooSlow())
                    wire.Abort();
            }
        }
    }
}

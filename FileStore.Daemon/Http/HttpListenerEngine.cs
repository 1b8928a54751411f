using System.Collections.Concurrent;
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
    private const int Backlog = 4096;
    private const long HeadTimeout = 10_000;

    // Sooner than HttpListener's own 90 and 15 seconds.
    private const long FirstIdleTimeout = 60_000;
    private const long IdleTimeout = 12_000;

    private readonly HttpListener _listener = new();
    private readonly object _endPointListener;
    private readonly List<Socket> _sockets = [];
    private readonly ConcurrentDictionary<Wire, bool> _wires = new();
    private readonly Func<IHttpExchange, Task> _handle;
    private readonly Func<int> _limitConnections;
    private volatile int _maxConnections;
    private readonly ILogger _log;
    private long _lastPrune;
    private long _lastWarning = long.MinValue / 2;
    private volatile bool _stopped;

    /// <summary>Listens at once, and hands every request to <paramref name="handle"/>.</summary>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    internal HttpListenerEngine(IReadOnlyList<IPEndPoint> endPoints, Func<int> maxConnections, Func<IHttpExchange, Task> handle, ILogger log)
    {
        _handle = handle;
        _limitConnections = maxConnections;
        _maxConnections = maxConnections();
        _log = log;
        _listener.Start();
        _endPointListener = HttpListenerInternals.NewEndPointListener(_listener);
        try
        {
            Listen(endPoints);
        }
        catch
        {
            StopAccepting();
            throw;
        }

        EndPoints = [.. _sockets.Select(s => (IPEndPoint)s.LocalEndPoint!)];
        Supervise(DispatchAsync());
        Supervise(WatchAsync());
        foreach (var socket in _sockets)
            Supervise(AcceptAsync(socket));
    }

    public IReadOnlyList<IPEndPoint> EndPoints { get; }

    public void StopAccepting()
    {
        _stopped = true;
        foreach (var socket in _sockets)
            socket.Dispose();
    }

    /// <inheritdoc/>
    public void Refused(IPAddress client, int status, long bytes) =>
        AccessLog.Write(_log, "-", "-", status, bytes, 0, client);

    /// <summary>A name may have addresses that this machine cannot use, IPv6 above all: one that it can is enough.</summary>
    private void Listen(IReadOnlyList<IPEndPoint> endPoints)
    {
        foreach (var endPoint in endPoints)
        {
            try
            {
                var port = endPoint.Port == 0 && _sockets.Count > 0 ? ((IPEndPoint)_sockets[0].LocalEndPoint!).Port : endPoint.Port;
                _sockets.Add(Listen(new IPEndPoint(endPoint.Address, port)));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported
                && (_sockets.Count > 0 || endPoint != endPoints[^1]))
            {
                _log.Warning("cannot listen on {EndPoint}: {Reason:l}", endPoint, e.Message);
            }
        }
    }

    private static Socket Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // "::" takes IPv4 too, as other servers do; a particular address takes itself alone.
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            socket.NoDelay = true; // what is accepted inherits it
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>None of the loops ends by itself. A daemon that lost one would look well and serve nobody: better to be started anew.</summary>
    private void Supervise(Task loop) => loop.ContinueWith(
        failed =>
        {
            _log.Fatal(failed.Exception, "a loop of the engine has failed; the daemon ends");
            Environment.Exit(1);
        }, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

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

    private async Task AcceptAsync(Socket listening)
    {
        while (!_stopped)
        {
            Socket socket;
            try
            {
                socket = await listening.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped)
                    return;
                // A client that left before we looked, or no file descriptors: then waiting is all there is to do.
                if (e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable })
                {
                    Warn("out of file descriptors: connections wait until some are free");
                    await Task.Delay(100);
                }

                continue;
            }

            if (_wires.Count >= _maxConnections && CountOpen() >= _maxConnections)
                TurnAway(socket);
            else
                Attach(socket);
        }
    }

    private void Attach(Socket socket)
    {
        try
        {
            var wire = new Wire(socket, this);
            _wires[wire] = true;
            HttpListenerInternals.Attach(_endPointListener, socket, wire);
        }
        catch (Exception e)
        {
            socket.Dispose(); // as a rule, the client left within these few microseconds
            if (!Closing.IsConnectionFailure(e))
                _log.Error(e, "a connection could not be taken");
        }
    }

    private void TurnAway(Socket socket)
    {
        Warn($"more than {_maxConnections} connections: further ones are turned away");
        Closing.TrySend(socket, Problem.RawAnswer(503, "too many connections"));
        socket.Dispose();
    }

    /// <summary>HttpListener closes sockets without telling: so they are counted when it matters, 20 times a second at most.</summary>
    private int CountOpen()
    {
        var now = Environment.TickCount64;
        if (now - _lastPrune > 50)
        {
            _lastPrune = now;
            Prune();
        }

        return _wires.Count;
    }

    private void Prune()
    {
        foreach (var (wire, _) in _wires)
        {
            if (wire.IsClosed)
                _wires.TryRemove(wire, out _);
        }
    }

    private async Task WatchAsync()
    {
        using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await everySecond.WaitForNextTickAsync())
        {
            Prune();
            _maxConnections = _limitConnections();
            var now = Environment.TickCount64;
            foreach (var (wire, _) in _wires)
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

    private void Warn(string message)
    {
        var now = Environment.TickCount64;
        if (now - _lastWarning < 10_000)
            return;
        _lastWarning = now;
        _log.Warning("{Message:l}", message);
    }
}

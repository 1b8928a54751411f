using System.Net;
using System.Net.Sockets;
using Serilog;

namespace FileStore.Daemon.Http.Engines;

/// <summary>
/// Listens on the addresses of an engine, and accepts connections as long as there are file descriptors for them.
/// </summary>
internal sealed class Acceptor : IDisposable
{
    private const int Backlog = 4096;
    private const int MaxLingering = 16; // each has a file descriptor

    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);

    private readonly List<Socket> _sockets = [];
    private readonly Func<bool> _isFull;
    private readonly Func<byte[]>? _refusal;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private long? _lastWarning;
    private int _lingering;
    private volatile bool _stopped;

    /// <summary>Listens at once; who connects waits until <see cref="AcceptAsync"/> is called.</summary>
    /// <param name="endPoints">Where. Port 0 takes a free one, the same for all.</param>
    /// <param name="isFull">Whether the engine has as many connections as it may: further ones are turned away.</param>
    /// <param name="refusal">What those are told; null to say nothing.</param>
    /// <param name="log">Where it is told what went wrong.</param>
    /// <param name="time">The clock between two warnings.</param>
    /// <exception cref="SocketException">An address cannot be listened on.</exception>
    internal Acceptor(IReadOnlyList<IPEndPoint> endPoints, Func<bool> isFull, Func<byte[]>? refusal, ILogger log, TimeProvider time)
    {
        (_isFull, _refusal, _log, _time) = (isFull, refusal, log, time);
        try
        {
            Listen(endPoints);
        }
        catch
        {
            Dispose();
            throw;
        }

        EndPoints = [.. _sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
    }

    /// <summary>Where it listens.</summary>
    internal IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>The next connection; null once nothing is accepted any more.</summary>
    /// <param name="index">Which of <see cref="EndPoints"/>.</param>
    internal async ValueTask<Socket?> AcceptAsync(int index)
    {
        while (!_stopped)
        {
            Socket socket;
            try
            {
                socket = await _sockets[index].AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // A client that left before we looked, or no file descriptors: then waiting is all there is to do.
                if (e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable })
                {
                    WarnRateLimited("out of file descriptors: connections wait until some are free");
                    await Task.Delay(100);
                }

                continue;
            }

            if (!_isFull())
                return socket;
            WarnRateLimited("as many connections as there are file descriptors for: further ones are turned away");
            _ = RefuseAsync(socket);
        }

        return null;
    }

    /// <summary>Refuses new connections from now on. Those that were accepted go on, and the ports are free.</summary>
    public void Dispose()
    {
        _stopped = true;
        foreach (var socket in _sockets)
            socket.Dispose();
    }

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

    /// <summary>Refuses a client. As long as few are being refused, it has time to read the response.</summary>
    private async Task RefuseAsync(Socket socket)
    {
        try
        {
            if (_refusal is not null)
                SocketCloser.TrySend(socket, _refusal());
            if (Interlocked.Increment(ref _lingering) <= MaxLingering && _refusal is not null)
                await SocketCloser.LingerAsync(socket);
        }
        finally
        {
            Interlocked.Decrement(ref _lingering);
            socket.Dispose();
        }
    }

    private void WarnRateLimited(string message)
    {
        var now = _time.GetTimestamp();
        if (_lastWarning is { } last && _time.GetElapsedTime(last, now) < WarningInterval)
            return;
        _lastWarning = now;
        _log.Warning("{Message:l}", message);
    }
}

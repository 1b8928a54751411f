using System.Net;
using System.Net.Sockets;
using Serilog;

namespace FileStore.Daemon.Http.Engines;

/// <summary>Listens on an engine's addresses and accepts connections while there are file descriptors for them.</summary>
internal sealed class Acceptor : IDisposable
{
    private const int Backlog = 4096;
    private const int MaxLingering = 16; // each takes a file descriptor

    private static readonly TimeSpan WarningInterval = TimeSpan.FromSeconds(10);

    private readonly List<Socket> _sockets = [];
    private readonly Func<bool> _isFull;
    private readonly Func<byte[]>? _refusal;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private long? _lastWarning;
    private int _lingering;
    private volatile bool _stopped;

    /// <summary>Starts to listen. Connections wait until <see cref="AcceptAsync"/> is called.</summary>
    /// <param name="endPoints">The addresses. Port 0 picks a free port, the same for all.</param>
    /// <param name="isFull">Whether the engine has its maximum of connections. Further ones are refused.</param>
    /// <param name="refusal">Makes the response to refused connections; null to send none.</param>
    /// <param name="log">The log.</param>
    /// <param name="time">The clock that limits the rate of warnings.</param>
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

    /// <summary>The addresses, with their actual ports.</summary>
    internal IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>Accepts a connection.</summary>
    /// <param name="index">An index into <see cref="EndPoints"/>.</param>
    /// <returns>The connection, which the caller disposes; null after disposal.</returns>
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
                // Either the client has left already, or there are no file descriptors, so that only waiting helps.
                if (e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable })
                {
                    WarnRateLimited("out of file descriptors: connections wait until some are free");
                    await Task.Delay(100);
                }

                continue;
            }

            if (!_isFull())
                return socket;
            WarnRateLimited("as many connections as there are file descriptors for: further ones are refused");
            _ = RefuseAsync(socket);
        }

        return null;
    }

    /// <summary>Closes the listening sockets. Accepted connections stay open.</summary>
    public void Dispose()
    {
        _stopped = true;
        foreach (var socket in _sockets)
            socket.Dispose();
    }

    /// <summary>
    /// Listens on at least one of the addresses: a host name may have some that this machine cannot use, such as IPv6.
    /// </summary>
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
            // "::" accepts IPv4 too, as in other servers. A specific address accepts only itself.
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            socket.NoDelay = true; // inherited by accepted sockets
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

    /// <summary>Refuses a connection. While few are being refused, the client gets time to read the response.</summary>
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

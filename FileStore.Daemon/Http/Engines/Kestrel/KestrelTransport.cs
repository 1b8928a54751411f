using System.Net;
using System.Net.Sockets;
using FileStore.Daemon.Http.Engines.HttpListener;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Kestrel's socket transport on an <see cref="Acceptor"/>: Kestrel's own accept loop spins when file descriptors run out,
/// and refuses no connection before that.
/// </summary>
internal sealed class KestrelTransport(Acceptor acceptor, Action<ConnectionContext> accepted, ILoggerFactory logging) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var index = acceptor.EndPoints.ToList().IndexOf((IPEndPoint)endpoint);
        return ValueTask.FromResult<IConnectionListener>(new Listener(acceptor, index, accepted, logging.CreateLogger(nameof(KestrelTransport))));
    }

    private sealed class Listener(Acceptor acceptor, int index, Action<ConnectionContext> accepted, ILogger log) : IConnectionListener
    {
        private readonly SocketConnectionContextFactory _connections = new(KestrelMemory.Options(), log);

        public EndPoint EndPoint => acceptor.EndPoints[index];

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await acceptor.AcceptAsync(index) is { } socket)
            {
                try
                {
                    BoundUnsent(socket);
                    var connection = _connections.Create(socket);
                    accepted(connection); // count it here, or a burst bypasses the limit
                    return connection;
                }
                catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
                {
                    socket.Dispose(); // the client has just left
                }
            }

            return null;
        }

        /// <summary>
        /// Limits the data that the kernel buffers beyond what is in flight. Otherwise a client that reads nothing would
        /// occupy megabytes of kernel memory. (Files that are sent without copying, by <see cref="SocketWriter.SendFrom"/>,
        /// take none.)
        /// </summary>
        private static void BoundUnsent(Socket socket)
        {
            const int tcp = 6, notSentLowAt = 25; // TCP_NOTSENT_LOWAT, linux/tcp.h
            try
            {
                socket.SetRawSocketOption(tcp, notSentLowAt, BitConverter.GetBytes(KestrelMemory.MaxUnsent));
            }
            catch (SocketException)
            {
                // An old kernel has no such option.
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            acceptor.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            _connections.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

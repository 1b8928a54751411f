using System.Net;
using System.Net.Sockets;
using FileStore.Daemon.Http.Engines.HttpListener;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Kestrel's sockets, accepted by ours: its own loop spins when file descriptors run out, and turns away nobody before
/// that.
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
                    accepted(connection); // here, or a burst would not be counted before it has all come in
                    return connection;
                }
                catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
                {
                    socket.Dispose(); // it left within these few microseconds
                }
            }

            return null;
        }

        /// <summary>
        /// Has the kernel take no more for a client than is soon on its way to it. It would take megabytes for one that reads
        /// nothing: copies, in memory that nobody else gets, while others wait. (A file that is sent without a copy, by
        /// <see cref="SocketWriter.SendFrom"/>, costs it nothing.)
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
                // A kernel that has no such bound does without.
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

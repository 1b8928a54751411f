using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Http;

/// <summary>How requests of ours go out.</summary>
internal static class OutgoingConnection
{
    /// <summary>
    /// One connection, straight to the addresses that are given: no proxy, no second look at the name, no redirects, no
    /// cookies, and nothing that the caller has not set. (By itself the library would connect again, and send again, where
    /// it is hung up on.)
    /// </summary>
    /// <param name="connectTime">How long each connecting may take.</param>
    /// <param name="addresses">The addresses; null for those that the name has.</param>
    internal static SocketsHttpHandler Handler(TimeSpan connectTime, IPAddress[]? addresses = null)
    {
        var connections = 0;
        return new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTime,
            MaxResponseDrainSize = 0,
            ConnectCallback = (context, ct) => ++connections == 1
                ? ConnectAsync(addresses, context.DnsEndPoint, ct)
                : throw new IOException("the connection ended without an answer"),
        };
    }

    private static async ValueTask<Stream> ConnectAsync(IPAddress[]? addresses, DnsEndPoint endPoint, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses ?? await Dns.GetHostAddressesAsync(endPoint.Host, ct), endPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

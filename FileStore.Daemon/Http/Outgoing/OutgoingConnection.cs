using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>How requests of ours go out.</summary>
internal static class OutgoingConnection
{
    /// <summary>
    /// One connection, straight to the addresses that are given: no proxy, no second look at the name, no redirects, no
    /// cookies, and nothing that the caller has not set. (By itself the library would connect again, and send again, where
    /// it is hung up on.)
    /// </summary>
    /// <param name="connectTimeout">How long connecting may take. What may take how long else is the caller's to say.</param>
    /// <param name="addresses">The addresses; null for those that the name has.</param>
    /// <param name="trust">Which certificates are believed; null where none is asked for.</param>
    /// <param name="wrap">What is put around the connection, once it is secured; null for nothing.</param>
    internal static HttpClient NewClient(TimeSpan connectTimeout, IPAddress[]? addresses, CertificateTrust? trust = null, Func<Stream, Stream>? wrap = null)
    {
        var connections = 0;
        var handler = new SocketsHttpHandler
        {
            SslOptions = trust?.Options() ?? new SslClientAuthenticationOptions(),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTimeout,
            MaxResponseDrainSize = 0,
            ConnectCallback = (context, ct) => ++connections == 1
                ? ConnectAsync(addresses, context.DnsEndPoint, ct)
                : throw new IOException("the connection ended without an answer"),
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult(wrap?.Invoke(context.PlaintextStream) ?? context.PlaintextStream),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
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

using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>Makes HTTP clients for outgoing requests.</summary>
internal static class OutgoingConnection
{
    /// <summary>
    /// Makes a client for a single connection to the given addresses: no proxy, no redirects, no cookies, and no headers
    /// that the caller has not set. By default HttpClient would reconnect and resend if the peer closes the connection.
    /// </summary>
    /// <param name="connectTimeout">The timeout of connecting. The caller sets all other timeouts.</param>
    /// <param name="addresses">The addresses to connect to; null to resolve the URL's host.</param>
    /// <param name="trust">The trusted certificates; null if TLS is not used.</param>
    /// <param name="wrap">Wraps the connection after the TLS handshake; null for none.</param>
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
                : throw new IOException("the connection was closed without a response"),
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

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace FileStore.Tests.Support;

/// <summary>TLS from the client's side. Certificates are looked at by the tests, and not trusted or mistrusted.</summary>
internal static class Tls
{
    /// <summary>A client whose connections are its own, for one version of HTTP.</summary>
    /// <param name="daemon">Whom it asks.</param>
    /// <param name="version">Null for HTTP/1.1.</param>
    /// <param name="receiveBuffer">As <see cref="DaemonProcess.Connect(int)"/> has it.</param>
    public static HttpClient NewSecureClient(this DaemonProcess daemon, Version? version = null, int receiveBuffer = 0) =>
        new(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(daemon.ConnectSecure(receiveBuffer), ownsSocket: true)),
        })
        {
            BaseAddress = daemon.SecureUrl,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    /// <summary>A connection after its handshake. Disposing it closes the socket.</summary>
    /// <exception cref="AuthenticationException">There was none.</exception>
    public static SslStream Handshake(this DaemonProcess daemon, SslProtocols protocols = SslProtocols.None)
    {
        var stream = new SslStream(new NetworkStream(daemon.ConnectSecure(), ownsSocket: true));
        try
        {
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = protocols,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            });
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The certificate that a new connection is shown.</summary>
    public static X509Certificate2 ShownCertificate(this DaemonProcess daemon)
    {
        using var stream = daemon.Handshake();
        return X509CertificateLoader.LoadCertificate(stream.RemoteCertificate!.GetRawCertData());
    }
}

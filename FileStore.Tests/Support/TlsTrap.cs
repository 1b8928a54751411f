using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace FileStore.Tests.Support;

/// <summary>A <see cref="Trap"/> behind TLS, which does its work on the secured stream.</summary>
/// <param name="certificate">Its certificate, and those behind it (PEM).</param>
/// <param name="key">The certificate's key (PEM).</param>
/// <param name="behave">What it does on each connection after the handshake; then it closes.</param>
internal sealed class TlsTrap(string certificate, string key, Func<Stream, CancellationToken, Task> behave) : Listener
{
    private readonly SslStreamCertificateContext _certificate = Load(certificate, key);
    private int _handshakes;

    /// <summary>How often somebody believed the certificate.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    /// <inheritdoc/>
    protected override async Task ServeAsync(NetworkStream stream, CancellationToken ct)
    {
        await using var secured = new SslStream(stream);
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate }, ct);
        if ((await ReadHeadAsync(secured, ct)).Length == 0)
            return; // with TLS 1.3 it is over for us before the other side has looked at the certificate
        Interlocked.Increment(ref _handshakes);
        await behave(secured, ct);
        await secured.ShutdownAsync();
    }

    private static SslStreamCertificateContext Load(string certificate, string key)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificate);
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        return SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null), all, offline: true);
    }
}

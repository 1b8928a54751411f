using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace FileStore.Tests.Support;

/// <summary>A <see cref="Trap"/> behind TLS, which does its work on the secured stream.</summary>
internal sealed class TlsTrap : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly SslStreamCertificateContext _certificate;
    private readonly Func<Stream, CancellationToken, Task> _behave;
    private int _connections;
    private int _handshakes;

    /// <param name="certificate">Its certificate, and those behind it (PEM).</param>
    /// <param name="key">The certificate's key (PEM).</param>
    /// <param name="behave">What it does on each connection after the handshake; then it closes.</param>
    public TlsTrap(string certificate, string key, Func<Stream, CancellationToken, Task> behave)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(certificate);
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        _certificate = SslStreamCertificateContext.Create(X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null), all, offline: true);
        _behave = behave;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often somebody connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How often somebody believed the certificate.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync(_over.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was disposed of.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _connections);
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate }, _over.Token);
            var head = new List<byte>();
            var one = new byte[1];
            while (!(head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r') && await stream.ReadAsync(one, _over.Token) > 0)
                head.Add(one[0]);
            if (head.Count == 0)
                return; // with TLS 1.3 it is over for us before the other side has looked at the certificate
            Interlocked.Increment(ref _handshakes);
            await _behave(stream, _over.Token);
            await stream.ShutdownAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever was trapped has left.
        }
    }
}

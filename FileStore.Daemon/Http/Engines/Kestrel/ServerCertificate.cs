using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// The certificate and TLS options of the HTTPS port. It can be reloaded: new handshakes use the new certificate, and open
/// connections go on.
/// </summary>
internal sealed class ServerCertificate
{
    // The longest lifetime that clients accept for a certificate trusted by hand. A new one is made at each start.
    private static readonly TimeSpan AdHocLifetime = TimeSpan.FromDays(825);

    private static readonly TimeSpan TestTimeout = TimeSpan.FromSeconds(10);
    private const int MaxFileBytes = 1 << 20;

    private readonly Func<X509Certificate2Collection> _load;
    private volatile SslServerAuthenticationOptions _options;

    private ServerCertificate(Func<X509Certificate2Collection> load)
    {
        _load = load;
        _options = Load();
    }

    /// <summary>The options of the next handshake.</summary>
    internal SslServerAuthenticationOptions Options => _options;

    /// <summary>
    /// The SHA-256 fingerprint in the format of openssl-x509(1): pairs of hexadecimal digits, separated by colons.
    /// </summary>
    internal string Fingerprint
    {
        get
        {
            var hash = Certificate.GetCertHash(HashAlgorithmName.SHA256);
            return string.Join(':', hash.Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>In UTC.</summary>
    internal DateTime ValidFrom => Certificate.NotBefore.ToUniversalTime();

    /// <summary>In UTC.</summary>
    internal DateTime ValidUntil => Certificate.NotAfter.ToUniversalTime();

    private X509Certificate2 Certificate => _options.ServerCertificateContext!.TargetCertificate;

    /// <summary>Makes a self-signed certificate.</summary>
    /// <param name="names">The host names that it is valid for.</param>
    /// <param name="addresses">The addresses that it is valid for.</param>
    internal static ServerCertificate MakeAdHoc(IEnumerable<string> names, IEnumerable<IPAddress> addresses)
    {
        var certificate = SelfSigned(names, addresses);
        return new ServerCertificate(() => [certificate]);
    }

    /// <summary>Reads a certificate from two PEM files: the certificate with its chain, and its key.</summary>
    /// <exception cref="CertificateException">They cannot be used; the message says which and why.</exception>
    internal static ServerCertificate FromFiles(string certificate, string key) => new(() => Read(certificate, key));

    /// <summary>Reads the files again.</summary>
    /// <exception cref="CertificateException">They cannot be used. The old certificate stays.</exception>
    internal void Reload() => _options = Load();

    private SslServerAuthenticationOptions Load()
    {
        var chain = _load();
        try
        {
            var options = new SslServerAuthenticationOptions
            {
                // Offline: missing intermediate certificates are not downloaded.
                ServerCertificateContext = SslStreamCertificateContext.Create(chain[0], [.. chain.Skip(1)], offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            };
            TestHandshake(options);
            return options;
        }
        catch (Exception e) when (e is AuthenticationException or CryptographicException or IOException or SocketException or AggregateException or TimeoutException)
        {
            throw new CertificateException($"TLS cannot use the certificate '{chain[0].Subject}': {e.GetBaseException().Message}");
        }
    }

    /// <summary>Runs a handshake, since OpenSSL checks a certificate, such as its key length, only then.</summary>
    private static void TestHandshake(SslServerAuthenticationOptions options)
    {
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var endPoint = new UnixDomainSocketEndPoint($"\0filestore-tls-{Guid.NewGuid()}"); // an abstract name, so no file: unix(7)
        listening.Bind(endPoint);
        listening.Listen(1);
        using var calling = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        calling.Connect(endPoint);
        using var client = new SslStream(new NetworkStream(calling));
        using var server = new SslStream(new NetworkStream(listening.Accept(), ownsSocket: true));
        var serverTask = server.AuthenticateAsServerAsync(options);
        var clientTask = client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null, // whether it is trusted does not matter here
        });
        try
        {
            serverTask.WaitAsync(TestTimeout).GetAwaiter().GetResult();
        }
        finally
        {
            calling.Dispose();
            clientTask.ContinueWith(task => task.Exception, TaskScheduler.Default); // the client's result adds nothing
        }
    }

    private static X509Certificate2Collection Read(string certificate, string key)
    {
        var certificateText = ReadText(certificate);
        var keyText = ReadText(key);
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificateText);
        }
        catch (CryptographicException e)
        {
            throw new CertificateException($"{certificate}: is not a certificate in PEM format: {e.Message}");
        }

        if (chain.Count == 0)
            throw new CertificateException($"{certificate}: contains no certificate in PEM format");
        try
        {
            chain[0] = X509Certificate2.CreateFromPem(certificateText, keyText);
            return chain;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateException($"{key}: is not the unencrypted key, in PEM, of the certificate in {certificate}: {e.Message}");
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return DurableFile.TryRead(path, MaxFileBytes, out _) is { } bytes
                ? Encoding.UTF8.GetString(bytes)
                : throw new CertificateException($"{path}: cannot be read: no such file");
        }
        catch (IOException e)
        {
            throw new CertificateException($"{path}: cannot be read: {e.Message}");
        }
    }

    private static X509Certificate2 SelfSigned(IEnumerable<string> names, IEnumerable<IPAddress> addresses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=FileStore", key, HashAlgorithmName.SHA256);
        var subjects = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
            subjects.AddDnsName(name);
        foreach (var address in addresses)
            subjects.AddIpAddress(address);
        request.CertificateExtensions.Add(subjects.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)); // serverAuth
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddHours(-1), now + AdHocLifetime); // the client's clock may be slow
    }
}

/// <summary>A certificate or its key cannot be used.</summary>
internal sealed class CertificateException(string message) : Exception(message);

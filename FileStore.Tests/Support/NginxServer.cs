using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>
/// A real nginx with the site that is shipped, in front of what listens on a port of 127.0.0.1. Only ports, the server's
/// name and the certificate are its own. Disposing ends it.
/// </summary>
internal sealed class NginxServer : IDisposable
{
    // What else stands in it is what Debian's nginx.conf says, where it could be in the way of a site.
    private const string Settings = """
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log error.log warn;
        events { worker_connections 768; }
        http {
            sendfile on;
            tcp_nopush on;
            gzip on;
            access_log off;
            client_body_temp_path temp/body;
            proxy_temp_path temp/proxy;
            fastcgi_temp_path temp/fastcgi;
            uwsgi_temp_path temp/uwsgi;
            scgi_temp_path temp/scgi;
            include site.conf;
        }
        """;

    private readonly TempFolder _folder = new();
    private readonly X509Certificate2 _certificate;
    private Process? _process;

    private NginxServer(int upstreamPort)
    {
        Directory.CreateDirectory(_folder["temp"]);
        File.WriteAllText(_folder["nginx.conf"], Settings);
        _certificate = WriteCertificate();
        (PlainPort, TlsPort) = (DaemonHome.FreePort(), DaemonHome.FreePort());
        WriteSite(upstreamPort);
    }

    public int PlainPort { get; }

    public int TlsPort { get; }

    public Uri Url => new($"https://localhost:{TlsPort}/");

    public string Log => File.ReadAllText(_folder["error.log"]);

    /// <summary>The files of requests or answers that it has written to disk and still holds; they have no names any more.</summary>
    public string[] TemporaryFiles => [.. Directory.GetFileSystemEntries($"/proc/{_process!.Id}/fd")
        .Select(link => new FileInfo(link).LinkTarget ?? "").Where(target => target.StartsWith(_folder["temp"], StringComparison.Ordinal))];

    /// <summary>Returns once it listens.</summary>
    public static NginxServer Start(int upstreamPort)
    {
        for (var attempt = 1; ; attempt++)
        {
            var nginx = new NginxServer(upstreamPort);
            try
            {
                nginx.Run();
                return nginx;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                nginx.Dispose(); // a port that was free has been taken since
            }
            catch
            {
                nginx.Dispose();
                throw;
            }
        }
    }

    /// <summary>What <c>nginx -t</c> says.</summary>
    public CommandResult Check() => Command.Run(_folder.Path, "nginx", [.. Arguments, "-t"]);

    /// <summary>A client of HTTP/1.1 or HTTP/2, and of no other, which trusts this server's certificate alone.</summary>
    public HttpClient NewClient(string version)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, SslOptions = { CertificateChainPolicy = Trust } };
        return new HttpClient(handler)
        {
            BaseAddress = Url,
            DefaultRequestVersion = new Version(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>A connection on which bytes can be sent as they are, over TLS and HTTP/1.1.</summary>
    public SslStream Connect()
    {
        var stream = new SslStream(new NetworkStream(ConnectTo(TlsPort), ownsSocket: true));
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = Trust });
        return stream;
    }

    public static Socket ConnectTo(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        _certificate.Dispose();
        _folder.Dispose();
    }

    private X509ChainPolicy Trust => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        CustomTrustStore = { _certificate },
    };

    private string[] Arguments => ["-p", _folder.Path, "-c", "nginx.conf", "-e", "error.log"];

    private void Run()
    {
        _process = Process.Start(new ProcessStartInfo("nginx", Arguments) { WorkingDirectory = _folder.Path })!;
        Eventually.Until(() => _process.HasExited || File.Exists(_folder["nginx.pid"]), "nginx listens");
        if (_process.HasExited)
            throw new InvalidOperationException($"nginx does not start:\n{Log}");
    }

    private X509Certificate2 WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder["site.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(_folder["site.key"], key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    private void WriteSite(int upstreamPort)
    {
        var site = File.ReadAllText(Path.Join(Repository.Root, "docs/nginx/filestore.conf"));
        foreach (var (shipped, here) in ((string, string)[])
        [
            ("server 127.0.0.1:9000;", $"server 127.0.0.1:{upstreamPort};"),
            ("listen 80;", $"listen 127.0.0.1:{PlainPort};"),
            ("listen [::]:80;", $"listen [::1]:{PlainPort};"),
            ("listen 443 ", $"listen 127.0.0.1:{TlsPort} "),
            ("listen [::]:443 ", $"listen [::1]:{TlsPort} "),
            ("server_name files.example.com;", "server_name localhost;"),
            ("/etc/ssl/certs/files.example.com.pem", _folder["site.pem"]),
            ("/etc/ssl/private/files.example.com.key", _folder["site.key"]),
        ])
        {
            site.Should().Contain(shipped);
            site = site.Replace(shipped, here, StringComparison.Ordinal);
        }

        File.WriteAllText(_folder["site.conf"], site);
    }
}

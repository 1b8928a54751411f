using System.Net;
using System.Security.Cryptography;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary><c>--tls CERT.pem,KEY.pem</c>: at start, by <c>check</c>, and again on SIGHUP.</summary>
[TestFixture]
public sealed class CertificateTests
{
    private const string Pair = "cert.pem,key.pem";

    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void It_is_shown_with_those_that_lead_to_its_authority()
    {
        using var authority = CertificateFiles.WriteChain(_folder["cert.pem"], _folder["key.pem"]);
        File.WriteAllText(_folder["authority.pem"], authority.ExportCertificatePem());
        using var daemon = Start();

        var curl = Command.Run(_folder.Path, "curl", "-sS", "--cacert", "authority.pem", $"{daemon.SecureUrl}healthz");

        curl.Output.Should().Be("""{"status":"ok"}""", curl.Error);
    }

    [Test]
    public async Task A_new_pair_is_shown_after_SIGHUP_and_no_connection_is_dropped()
    {
        using var old = CertificateFiles.WriteSelfSigned(_folder["cert.pem"], _folder["key.pem"], "old");
        using var daemon = Start();
        using var client = daemon.NewSecureClient();
        using var kept = daemon.Handshake();
        kept.Write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello"u8);
        daemon.ShownCertificate().Thumbprint.Should().Be(old.Thumbprint);

        using var renewed = CertificateFiles.WriteSelfSigned(_folder["cert.pem"], _folder["key.pem"], "renewed");
        daemon.Signal("HUP");

        (await Eventually.HoldsAsync(() => daemon.ShownCertificate().Thumbprint == renewed.Thumbprint)).Should().BeTrue();
        var fingerprint = string.Join(':', SHA256.HashData(renewed.RawData).Select(b => $"{b:X2}"));
        Eventually.Until(() => daemon.LogText.Contains(fingerprint), "it is told");
        kept.Write("world"u8);
        var answer = new byte[12];
        await kept.ReadExactlyAsync(answer);
        Encoding.ASCII.GetString(answer).Should().Be("HTTP/1.1 200", "an upload goes on across the change");
    }

    [TestCase("cert.pem", "", TestName = "A_bad_pair_on_SIGHUP_changes_nothing_and_is_logged(empty certificate)")]
    [TestCase("key.pem", "nonsense", TestName = "A_bad_pair_on_SIGHUP_changes_nothing_and_is_logged(nonsense for a key)")]
    public async Task A_bad_pair_on_SIGHUP_changes_nothing_and_is_logged(string file, string content)
    {
        using var old = CertificateFiles.WriteSelfSigned(_folder["cert.pem"], _folder["key.pem"], "old");
        using var daemon = Start();

        File.WriteAllText(_folder[file], content);
        daemon.Signal("HUP");

        (await Eventually.HoldsAsync(() => daemon.LogText.Contains("stays the one it was"))).Should().BeTrue();
        daemon.LogText.Should().Contain(_folder[file]);
        daemon.ShownCertificate().Thumbprint.Should().Be(old.Thumbprint);
    }

    private static IEnumerable<TestCaseData> Faults()
    {
        static TestCaseData Case(string name, string names, Action<Func<string, string>> spoil) =>
            new(names, spoil) { TestName = $"A_pair_that_cannot_be_used_is_fatal_and_named({name})" };
        yield return Case("no certificate", "cert.pem", file => File.Delete(file("cert.pem")));
        yield return Case("no key", "key.pem", file => File.Delete(file("key.pem")));
        yield return Case("a folder", "key.pem", file =>
        {
            File.Delete(file("key.pem"));
            Directory.CreateDirectory(file("key.pem"));
        });
        yield return Case("empty certificate", "cert.pem", file => File.WriteAllText(file("cert.pem"), ""));
        yield return Case("nonsense", "cert.pem", file => File.WriteAllText(file("cert.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
        yield return Case("bytes", "cert.pem", file => File.WriteAllBytes(file("cert.pem"), RandomNumberGenerator.GetBytes(5000)));
        yield return Case("key for certificate", "cert.pem", file => File.Copy(file("key.pem"), file("cert.pem"), overwrite: true));
        yield return Case("certificate for key", "key.pem", file => File.Copy(file("cert.pem"), file("key.pem"), overwrite: true));
        yield return Case("another's key", "key.pem", file => CertificateFiles.WriteSelfSigned(file("other.pem"), file("key.pem"), "other").Dispose());
        yield return Case("key too short", "CN=short", file =>
        {
            using var key = RSA.Create(1024);
            var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=short", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            File.WriteAllText(file("cert.pem"), made.ExportCertificatePem());
            File.WriteAllText(file("key.pem"), key.ExportPkcs8PrivateKeyPem());
        });
        yield return Case("FIFO", "key.pem", file =>
        {
            File.Delete(file("key.pem"));
            Command.Run("/", "mkfifo", file("key.pem")).ExitCode.Should().Be(0);
        });
        yield return Case("encrypted key", "key.pem", file =>
        {
            using var key = RSA.Create();
            key.ImportFromPem(File.ReadAllText(file("key.pem")));
            File.WriteAllText(file("key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)));
        });
    }

    [TestCaseSource(nameof(Faults))]
    public void A_pair_that_cannot_be_used_is_fatal_and_named(string names, Action<Func<string, string>> spoil)
    {
        CertificateFiles.WriteSelfSigned(_folder["cert.pem"], _folder["key.pem"], "h").Dispose();
        spoil(name => _folder[name]);

        var check = InProcess.Run("check", "--home", _folder.Path, "--tls", Pair, "--tls-port", "0");

        check.ExitCode.Should().Be(2, check.Output);
        check.Error.Should().StartWith("filestore: --tls: ").And.Contain(names.StartsWith("CN=") ? names : _folder[names]).And.NotContain("   at ");
    }

    [Test]
    public void A_start_is_refused_with_what_check_says()
    {
        using var home = new DaemonHome();
        string[] options = ["--host", "127.0.0.1", "--port", "0", "--tls", Pair, "--tls-port", "0"];

        home.Run(["start", .. options]).Should().Be(new CommandResult(1, "", home.Call(["check", .. options]).Error));

        home.Pid().Should().BeNull("nothing is left running");
    }

    [Test]
    public void One_that_has_run_out_is_shown_with_a_warning()
    {
        using var old = CertificateFiles.WriteSelfSigned(_folder["cert.pem"], _folder["key.pem"], "old", DateTimeOffset.UtcNow.AddDays(-1));
        using var daemon = Start();

        daemon.LogText.Should().Contain("WARNING the TLS certificate is not valid since");
        daemon.ShownCertificate().Thumbprint.Should().Be(old.Thumbprint);
    }

    [TestCase("644", true)]
    [TestCase("640", false)]
    public void A_key_that_everybody_can_read_is_warned_of(string mode, bool isWarnedOf)
    {
        CertificateFiles.WriteSelfSigned(_folder["cert.pem"], _folder["key.pem"], "h").Dispose();
        Command.Run(_folder.Path, "chmod", mode, "key.pem");
        using var daemon = Start();

        daemon.LogText.Contains($"WARNING {_folder["key.pem"]}, the TLS key").Should().Be(isWarnedOf);
    }

    [Test]
    public void Start_and_status_tell_both_URLs()
    {
        using var home = new DaemonHome();
        var start = home.Run("start", "--host", "127.0.0.1", "--port", "0", "--tls", "adhoc", "--tls-port", "0");

        start.ExitCode.Should().Be(0, start.Error);
        start.Output.Should().MatchRegex(@"^filestore runs with pid \d+ at http://127\.0\.0\.1:\d+/ and https://127\.0\.0\.1:\d+/\n$");
        start.Error.Should().MatchRegex("TLS certificate: SHA-256 fingerprint ([0-9A-F]{2}:){31}[0-9A-F]{2}, valid until ");
        home.Call("status").Output.Should().MatchRegex(@"url +http://127\.0\.0\.1:\d+/ https://127\.0\.0\.1:\d+/\n");
    }

    [Test]
    public void One_port_for_both_is_a_fault()
    {
        using var home = new DaemonHome();

        home.Call("check", "--tls", "adhoc", "--tls-port", "9000").Error.Should().Be("filestore: --tls-port: 9000 is the port of plain HTTP too\n");
    }

    [Test]
    public void A_port_of_HTTPS_that_is_taken_is_said()
    {
        using var home = new DaemonHome();
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var start = home.Run("start", "--host", "127.0.0.1", "--port", "0", "--tls", "adhoc", "--tls-port", $"{port}");

        start.ExitCode.Should().Be(1);
        start.Error.Should().Contain($"cannot listen on 127.0.0.1 port {port}: Address already in use");
        home.Pid().Should().BeNull();
    }

    private DaemonProcess Start() => DaemonProcess.Start(_folder.Path, "--tls", Pair, "--tls-port", "0");
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Clients that are not on the daemon's machine: what the plain port tells them once there is HTTPS, and who they are.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[NeedsRoot]
public sealed class StrangerTests(string engine)
{
    private NetworkNamespace _network = null!;
    private TempFolder _folder = null!;
    private DaemonProcess _daemon = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _network = new NetworkNamespace();
        _folder = new TempFolder();
        _daemon = DaemonProcess.StartUnder(_network.Enter, _folder.Path, "--host", "0.0.0.0", "--engine", engine, "--tls", "adhoc", "--tls-port", "0");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _daemon?.Dispose();
        _folder?.Dispose();
        _network?.Dispose();
    }

    [TestCase("/healthz", "/healthz")]
    [TestCase("/?file_hash=ab&name=a%20b", "/?file_hash=ab&name=a%20b")]
    [TestCase("//evil.example/x", "//evil.example/x")]
    public void Reading_is_sent_to_HTTPS(string target, string expected)
    {
        foreach (var method in (string[])["GET", "HEAD"])
        {
            var answer = Curl(Plain(target), "--path-as-is", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", method == "HEAD" ? "-I" : "-X", method == "HEAD" ? "-s" : "GET");
            answer.Should().Be($"308 https://{NetworkNamespace.Address}:{_daemon.TlsPort}{expected}");
        }
    }

    [Test]
    public void Following_it_arrives() =>
        Curl(Plain("/healthz"), "-L", "-k").Should().Be("""{"status":"ok"}""");

    [Test]
    public void The_name_that_the_client_used_is_kept() =>
        Curl(Plain("/healthz"), "-H", "Host: files.example:80", "-o", "/dev/null", "-w", "%{redirect_url}")
            .Should().Be($"https://files.example:{_daemon.TlsPort}/healthz");

    [TestCase("POST", "/")]
    [TestCase("PUT", "/files/ab")]
    [TestCase("DELETE", "/files/ab")]
    [TestCase("OPTIONS", "/")]
    [TestCase("TRACE", "/")]
    public void All_else_is_refused(string method, string path)
    {
        var answer = Curl(Plain(path), "-X", method, "--data-binary", "secret", "-w", " %{http_code}");

        answer.Should().EndWith(" 403").And.Contain($"HTTPS is on port {_daemon.TlsPort}");
        Directory.GetFiles(_folder["store"], "*", SearchOption.AllDirectories).Should().NotContain(path => path.Contains(Sample.Of("secret").Hash));
    }

    [TestCase("X-Forwarded-For: 127.0.0.1")]
    [TestCase("Forwarded: for=127.0.0.1;proto=https")]
    [TestCase("X-Real-IP: 127.0.0.1")]
    [TestCase("X-Forwarded-Proto: https")]
    [TestCase("Host: localhost")]
    public void No_field_makes_a_stranger_local(string field)
    {
        Curl(Plain("/"), "--data-binary", "x", "-H", field, "-w", " %{http_code}").Should().EndWith(" 403");
        Curl(Secure("/stop"), "-k", "-H", field, "-w", " %{http_code}").Should().EndWith(" 403");
    }

    [Test]
    public void A_neighbour_may_stay_plain() =>
        Curl($"http://127.0.0.1:{_daemon.Port}/", "--data-binary", "from here", "-H", "X-Forwarded-For: 192.0.2.9").Should().Be(Sample.Of("from here").Hash);

    [Test]
    public async Task The_log_names_the_other_end_of_the_connection()
    {
        Curl(Plain("/told"), "-H", "X-Forwarded-For: 127.0.0.1");
        Curl(Secure("/told-safely"), "-k", "-H", "X-Forwarded-For: 127.0.0.1");

        (await Eventually.HoldsAsync(() => _daemon.LogText.Contains("/told-safely"))).Should().BeTrue();
        _daemon.LogText.Split('\n').Where(line => line.Contains("/told")).Should().HaveCount(2)
            .And.OnlyContain(line => line.EndsWith($" ms {NetworkNamespace.Address}", StringComparison.Ordinal));
    }

    private string Plain(string target) => $"http://{NetworkNamespace.Address}:{_daemon.Port}{target}";

    private string Secure(string target) => $"https://{NetworkNamespace.Address}:{_daemon.TlsPort}{target}";

    private string Curl(string url, params string[] options) => _network.Run(["curl", "-sS", .. options, url]).Output;
}

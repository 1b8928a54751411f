using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Clients on the daemon's machine that reach it by an address that is not loopback.</summary>
[TestFixture("httplistener", "0.0.0.0")]
[TestFixture("httplistener", "::")]
[TestFixture("kestrel", "0.0.0.0")]
[TestFixture("kestrel", "::")]
[NeedsRoot]
public sealed class OwnAddressTests(string engine, string host)
{
    private NetworkNamespace _network = null!;
    private TempFolder _folder = null!;
    private DaemonProcess _daemon = null!;

    private IEnumerable<string> Addresses => host == "::" ? [NetworkNamespace.Address, "[fd00::2]"] : [NetworkNamespace.Address, "198.51.100.2"];

    [OneTimeSetUp]
    public void Start()
    {
        _network = new NetworkNamespace();
        // Of two in one subnet, connections to the second come from the first.
        foreach (var address in (string[])["198.51.100.1/24", "198.51.100.2/24", "fd00::2/64"])
            _network.Run("ip", "address", "add", address, "dev", "lo").ExitCode.Should().Be(0);
        _folder = new TempFolder();
        _daemon = DaemonProcess.StartUnder(_network.Enter, _folder.Path, "--host", host, "--engine", engine);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _daemon?.Dispose();
        _folder?.Dispose();
        _network?.Dispose();
    }

    [Test]
    public void A_browser_there_is_refused_under_a_name_that_was_pointed_here()
    {
        foreach (var address in Addresses)
        {
            Curl(address, "/healthz", "-H", "Host: evil.example", "-H", "Accept-Language: en").Should().EndWith(" 403").And.Contain("DNS rebinding");
            Curl(address, "/healthz", "-H", "Accept-Language: en").Should().EndWith(" 200");
            Curl(address, "/healthz", "-H", "Host: files.example").Should().EndWith(" 200", "a program may use any name");
        }
    }

    [Test]
    public void That_gives_no_rights()
    {
        foreach (var address in Addresses)
            Curl(address, "/stop", "-H", "Host: localhost").Should().EndWith(" 403");
    }

    private string Curl(string address, string target, params string[] options) =>
        _network.Run(["curl", "-sS", "-g", "-w", " %{http_code}", .. options, $"http://{address}:{_daemon.Port}{target}"]).Output;
}

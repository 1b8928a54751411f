using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A client on another address has archives made, and is called there and nowhere else.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[NeedsRoot]
public sealed class ExportStrangerTests(string engine)
{
    private NetworkNamespace _network = null!;
    private TempFolder _folder = null!;
    private DaemonProcess _daemon = null!;
    private DaemonProcess _listener = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _network = new NetworkNamespace();
        _folder = new TempFolder();
        Directory.CreateDirectory(_folder["dir_1"]);
        Directory.CreateDirectory(_folder["listener"]);
        File.WriteAllText(_folder["dir_1/a.sql"], "content");
        _daemon = DaemonProcess.StartUnder(_network.Enter, _folder.Path, "--host", "0.0.0.0", "--engine", engine, "--export", "dir_1");
        _listener = DaemonProcess.StartUnder(_network.Enter, _folder["listener"], "--host", "0.0.0.0"); // whose log tells of who called
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _listener?.Dispose();
        _daemon?.Dispose();
        _folder?.Dispose();
        _network?.Dispose();
    }

    [Test]
    public void He_is_called_at_his_own_address_alone()
    {
        string[] others =
        [
            "127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]",
            "10.0.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.2", "[fe80::1]",
        ];
        foreach (var host in others)
            Tar(host).Should().EndWith(" 403", host);
        Tar("user@192.0.2.1").Should().EndWith(" 400");
        Tar(NetworkNamespace.Address, "-H", "X-Forwarded-For: 127.0.0.1").Should().EndWith(" 403");
        File.Exists(_folder["dir_1/a.tgz"]).Should().BeFalse();

        Tar(NetworkNamespace.Address).Should().Be("working ... 200");

        Eventually.Until(() => _listener.LogText.Contains(" GET /ping?id=A1 404 "), "he is called");
        _listener.LogText.Split('\n').Where(line => line.Contains("/ping")).Should().ContainSingle();
        Archives.ShouldBeWhole(_folder["dir_1/a.tgz"]);
    }

    private string Tar(string host, params string[] options) => _network.Run(
        ["curl", "-sS", "-g", "-w", " %{http_code}", .. options, $"http://{NetworkNamespace.Address}:{_daemon.Port}/tar?dir=dir_1&name=a.sql&host={host}&port={_listener.Port}&path=/ping?id=A1"]).Output;
}

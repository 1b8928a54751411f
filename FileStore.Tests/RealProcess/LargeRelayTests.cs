using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Two gigabytes through two daemons.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[Category("Long")]
public sealed class LargeRelayTests(string engine)
{
    private const long Size = 2L << 30;

    private TempFolder _folder;
    private DaemonProcess _second;
    private DaemonProcess _first;

    [SetUp]
    public void StartDaemons()
    {
        _folder = new TempFolder();
        foreach (var home in (string[])["first", "first/data", "second"])
            Directory.CreateDirectory(_folder[home]);
        _second = DaemonProcess.Start(_folder["second"], "--engine", engine, "--tls", "adhoc", "--tls-port", "0", "--durability", "none");
        File.WriteAllText(_folder["first/filestore.json"],
            $$"""{ "relay": { "upstream": "https://127.0.0.1:{{_second.TlsPort}}/upload", "insecure": true, "roots": ["{{_folder["first/data"]}}"] } }""");
        _first = DaemonProcess.Start(_folder["first"], "--engine", engine, "--durability", "none");
        File.WriteAllBytes(_folder["first/data/small"], new byte[4 << 20]);
        using var big = File.Create(_folder["first/data/big"]);
        big.SetLength(Size); // which takes no space
    }

    [TearDown]
    public void RemoveFolder()
    {
        _first.Dispose();
        _second.Dispose();
        _folder.Dispose();
    }

    [TestCase("upload1")]
    [TestCase("upload2")]
    public void They_go_through_memory_of_the_same_size(string path)
    {
        for (var i = 0; i < 3; i++) // what the daemons need once, they have then
            Post(path, "small").Should().Contain("\"done\"");
        var before = Peak();

        Post(path, "big").Should().Contain("\"done\"").And.Contain("/second/store/");

        new StoreOnDisk(_folder["second/store"]).Blobs.Select(name => new FileInfo(_folder[$"second/store/{name[..2]}/{name}"]).Length).Should().Contain(Size);
        new StoreOnDisk(_folder["first/store"]).Blobs.Should().HaveCount(path == "upload1" ? 2 : 0);
        new StoreOnDisk(_folder["first/store"]).Incoming.Should().BeEmpty();
        (Peak() - before).Should().BeLessThan(60 << 20);
    }

    private string Post(string path, string name) => path == "upload1"
        ? Curl("-F", $"somefile=@{name}", $"{_first.Url}upload1")
        : Curl("-H", "Content-Type: application/json", "-d", $$"""{"somefile":"{{_folder[$"first/data/{name}"]}}"}""", $"{_first.Url}upload2");

    private string Curl(params string[] arguments) => Command.Run(_folder["first/data"], "curl", ["-sS", .. arguments]).Output;

    private long Peak() => ProcessUse.PeakMemory(_first.Pid);
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What the daemon's user may not do, it says so and goes on.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[NeedsRoot]
public sealed class ExportRightsTests(string engine)
{
    // Root that is not above permissions, as the daemon's user will be.
    private static readonly string[] Without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

    private TempFolder _home;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [SetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        Directory.CreateDirectory(_home["d"]);
        File.WriteAllText(_home["d/a.txt"], "a");
        File.WriteAllText(_home["d/secret.txt"], "secret");
        File.SetUnixFileMode(_home["d/secret.txt"], UnixFileMode.None);
        _daemon = DaemonProcess.StartUnder(Without, _home.Path, "--engine", engine, "--export", "d");
        _client = _daemon.NewClient();
    }

    [TearDown]
    public void StopDaemon()
    {
        _client.Dispose();
        _daemon.Dispose();
        _home.Dispose();
    }

    [Test]
    public async Task A_file_that_may_not_be_read_is_listed_and_refused()
    {
        (await _client.GetStringAsync("/list?dir=d")).Should().Contain("secret.txt");
        foreach (var path in (string[])["/get?dir=d&name=secret.txt", "/get?dir=d&name=secret.txt&compress=zip", "/tar?dir=d&name=secret.txt&host=127.0.0.1&port=1&path=/"])
        {
            using var answer = await _client.GetAsync(path);
            await answer.ShouldBeProblemAsync(403);
            (await answer.TextAsync()).Should().Contain("Permission denied").And.NotContain(_home.Path);
        }
    }

    [Test]
    public async Task A_directory_that_may_not_be_written_keeps_its_files()
    {
        File.SetUnixFileMode(_home["d"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var trap = Trap.Answering(200);

        foreach (var query in (string[])["name=a.txt", "prefix=*"])
        {
            using var answer = await _client.GetAsync($"/delete?dir=d&{query}");
            await answer.ShouldBeProblemAsync(403);
        }

        (await _client.GetStringAsync($"/tar?dir=d&name=a.txt&host=127.0.0.1&port={trap.Port}&path=/")).Should().Be("working ...");
        Eventually.Until(() => _daemon.LogText.Contains("ERROR tar d/a.tgz failed"), "the log tells");
        Directory.GetFiles(_home["d"]).Should().HaveCount(2);
        trap.Connections.Should().Be(0);
    }

    [Test]
    public async Task A_directory_that_may_not_be_read_is_refused_and_another_start_too()
    {
        File.SetUnixFileMode(_home["d"], UnixFileMode.None);

        using var answer = await _client.GetAsync("/list?dir=d");
        await answer.ShouldBeProblemAsync(403);
        var second = Command.Run(_home.Path, Without[0], Without[1], Command.FileStore, "run", "--port", "0", "--pid-file", "second.pid", "--store", "second", "--export", "d");

        second.ExitCode.Should().Be(1);
        (second.Output + second.Error).Should().Contain("the export d cannot be used: ").And.Contain("Permission denied");
    }

    [Test]
    public async Task A_file_is_served_although_the_disk_has_no_room_to_pack_it()
    {
        using var disk = Mounted.Tmpfs("2m");
        using var home = new TempFolder();
        var content = Bytes.Fresh(4 << 20);
        Directory.CreateDirectory(home["d"]);
        await File.WriteAllBytesAsync(home["d/a.bin"], content);
        using var daemon = DaemonProcess.Start(home.Path, "--engine", engine, "--export", "d", "--store", disk["store"]);
        using var client = daemon.NewClient();

        foreach (var form in (string[])["zip", "gz"])
        {
            using var answer = await client.GetAsync($"/get?dir=d&name=a.bin&compress={form}");
            await answer.ShouldBeProblemAsync(507);
        }

        (await client.GetByteArrayAsync("/get?dir=d&name=a.bin")).Should().Equal(content);
        new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty();
    }
}

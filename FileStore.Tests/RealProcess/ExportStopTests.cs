using FileStore.Core.Exports;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The daemon ends while an archive is made: a clean stop waits for it, and of a crash nothing is to be seen.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed class ExportStopTests(string engine)
{
    private TempFolder _home;
    private DaemonProcess _daemon;

    [SetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        Directory.CreateDirectory(_home["dir_1"]);
        File.WriteAllText(_home["dir_1/small.sql"], "content");
        using (var big = File.Create(_home["dir_1/big.sql"]))
            big.SetLength(1L << 28); // a second or two to pack
        _daemon = DaemonProcess.Start(_home.Path, "--engine", engine, "--export", "dir_1");
    }

    [TearDown]
    public void RemoveHome()
    {
        _daemon.Dispose();
        _home.Dispose();
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    public void A_clean_stop_waits_for_the_archive_and_its_call(string signal)
    {
        using var trap = Trap.Answering(200);
        BeginArchive(trap.Port);

        _daemon.Signal(signal);

        _daemon.WaitForExit(TimeSpan.FromSeconds(40)).Should().BeTrue();
        _daemon.ExitCode.Should().Be(0);
        trap.Connections.Should().Be(1);
        Names().Should().Equal("big.sql", "big.tgz", "small.sql");
        Archives.ShouldBeWhole(_home["dir_1/big.tgz"]);
        File.ReadAllText(_home["log/server.log"]).Should().Contain("packed big.sql").And.EndWith("stopped\n").And.NotContain("are cut");
    }

    [Test, Category("Long")]
    public void A_stop_does_not_wait_for_ever_for_a_call()
    {
        using var trap = Trap.Hanging();
        _daemon.Ask($"GET /tar?dir=dir_1&name=small.sql&host=127.0.0.1&port={trap.Port}&path=/ HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);
        Eventually.Until(() => trap.Connections == 1, "the call hangs");

        _daemon.Signal("TERM");

        _daemon.WaitForExit(TimeSpan.FromSeconds(40)).Should().BeTrue();
        _daemon.ExitCode.Should().Be(0);
        Archives.ShouldBeWhole(_home["dir_1/small.tgz"]);
    }

    [Test]
    public void An_unfinished_archive_of_a_crash_is_hidden_and_removed_at_the_next_start()
    {
        using var trap = Trap.Answering(200);
        BeginArchive(trap.Port);

        _daemon.Kill();
        Names().Should().HaveCount(3).And.NotContain("big.tgz");
        using var next = DaemonProcess.Start(_home.Path, "--engine", engine, "--export", "dir_1");

        Names().Should().Equal("big.sql", "small.sql");
        next.LogText.Should().Contain("removed 1 unfinished archives from export dir_1");
        trap.Connections.Should().Be(0);
        next.Ask($"GET /tar?dir=dir_1&name=small.sql&host=127.0.0.1&port={trap.Port}&path=/ HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);
        Eventually.Until(() => trap.Connections == 1, "it works again");
    }

    [Test]
    public void A_second_daemon_leaves_the_work_of_the_first_alone()
    {
        using var trap = Trap.Answering(200);
        BeginArchive(trap.Port);

        using var folder = new TempFolder();
        using var second = DaemonProcess.Start(folder.Path, "--export", $"d={_home["dir_1"]}");

        Eventually.Until(() => trap.Connections == 1, "the first goes on", seconds: 40);
        Archives.ShouldBeWhole(_home["dir_1/big.tgz"]);
    }

    private void BeginArchive(int port)
    {
        _daemon.Ask($"GET /tar?dir=dir_1&name=big.sql&host=127.0.0.1&port={port}&path=/ping HTTP/1.1\r\nHost: h\r\n\r\n")!.Text.Should().Be("working ...");
        Eventually.Until(() => Names().Any(name => name.EndsWith(ArchiveName.UnfinishedSuffix)), "packing has begun");
        _daemon.Ask("GET /list?dir=dir_1 HTTP/1.1\r\nHost: h\r\n\r\n")!.Text.Should().NotContain("unfinished").And.NotContain("big.tgz");
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(_home["dir_1"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Test, Category("Long")]
    public void An_archive_that_takes_longer_than_a_stop_may_leaves_nothing()
    {
        using (var big = File.OpenWrite(_home["dir_1/big.sql"]))
            big.SetLength(1L << 38);
        using var trap = Trap.Answering(200);
        BeginArchive(trap.Port);

        _daemon.Signal("TERM");

        _daemon.WaitForExit(TimeSpan.FromSeconds(40)).Should().BeTrue();
        Names().Should().Equal("big.sql", "small.sql");
        File.ReadAllText(_home["log/server.log"]).Should().Contain("tar dir_1/big.tgz ended: the daemon stopped before it was done");
        trap.Connections.Should().Be(0);
    }
}

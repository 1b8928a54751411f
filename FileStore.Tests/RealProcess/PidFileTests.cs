using System.Diagnostics;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>One daemon a PID file and a store, whatever was there before.</summary>
[TestFixture]
public sealed class PidFileTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public async Task Of_simultaneous_starts_exactly_one_wins()
    {
        const int count = 8;
        var port = $"{DaemonHome.FreePort()}";

        var results = await Task.WhenAll(Enumerable.Range(0, count)
            .Select(_ => Task.Run(() => _home.Run("start", "--host", "127.0.0.1", "--port", port))));

        var daemon = DaemonHome.Started(results.Single(result => result.ExitCode == 0));
        results.Where(result => result.ExitCode != 0).Should().HaveCount(count - 1)
            .And.OnlyContain(result => result.ExitCode == 1 && result.Output.Length == 0
                && (result.Error.Contains("already running") || result.Error.Contains("Address already in use")), "the port is taken a moment before the PID file");
        _home.Daemons().Should().Equal(daemon.Pid);
        _home.Pid().Should().Be(daemon.Pid);
    }

    [Test]
    public void The_pid_file_of_a_dead_process_is_replaced()
    {
        using var dead = Process.Start("true");
        dead.WaitForExit();
        File.WriteAllText(_home["filestore.pid"], $"{dead.Id}\n");
        _home.Pid().Should().BeNull();

        var daemon = _home.Start();

        _home.Pid().Should().Be(daemon.Pid);
    }

    [Test]
    public void A_stranger_that_has_the_pid_in_the_file_is_not_stopped()
    {
        using var stranger = Process.Start("sleep", "60");
        try
        {
            File.WriteAllText(_home["filestore.pid"], $"{stranger.Id}\n");
            _home.Call("status").ExitCode.Should().Be(3);
            _home.Call("stop", "--force").ExitCode.Should().Be(0);
            stranger.HasExited.Should().BeFalse();

            var daemon = _home.Start();

            _home.Pid().Should().Be(daemon.Pid);
            _home.Call("stop").ExitCode.Should().Be(0);
            stranger.HasExited.Should().BeFalse();
        }
        finally
        {
            stranger.Kill();
            stranger.WaitForExit();
        }
    }

    [TestCase("")]
    [TestCase("not a number\n")]
    [TestCase("-1\n")]
    [TestCase("99999999999999999999\n")]
    public void A_pid_file_that_makes_no_sense_names_no_daemon(string text)
    {
        File.WriteAllText(_home["filestore.pid"], text);

        _home.Call("get_pid").ExitCode.Should().Be(3);
        _home.Call("stop").ExitCode.Should().Be(0);
        using var replaced = FileLock.TryAcquire(_home["filestore.pid"], removeOnRelease: true);
        replaced.Should().NotBeNull();
    }

    [Test]
    public void A_daemon_replaces_a_pid_file_that_makes_no_sense()
    {
        File.WriteAllText(_home["filestore.pid"], "not a number\n");

        var daemon = _home.Start();

        _home.Pid().Should().Be(daemon.Pid);
    }

    [Test]
    public void After_kill_9_the_daemon_starts_again()
    {
        var killed = _home.Start();
        DaemonHome.Signal(killed.Pid, "KILL");
        Eventually.Until(() => _home.Pid() is null, "it ends");
        File.Exists(_home["filestore.pid"]).Should().BeTrue("nobody was there to remove it");
        _home.Call("status").ExitCode.Should().Be(3);

        var daemon = _home.Start();

        daemon.Pid.Should().NotBe(killed.Pid);
        _home.Pid().Should().Be(daemon.Pid);
    }

    [Test]
    public void A_store_has_one_daemon()
    {
        var first = _home.Start();

        var result = _home.Run("start", "--host", "127.0.0.1", "--port", "0", "--pid-file", "other.pid", "--log-file", "other.log");

        result.ExitCode.Should().Be(1);
        result.Error.Should().MatchRegex($"^filestore: the store '{_home["store"]}' is in use[^\n]*{first.Pid}[^\n]*\n$");
        _home.Daemons().Should().Equal(first.Pid);
        File.Exists(_home["other.pid"]).Should().BeFalse();
    }

    [Test]
    public void Daemons_with_stores_of_their_own_live_side_by_side()
    {
        var first = _home.Start();
        var second = _home.Start("--pid-file", "other.pid", "--log-file", "other.log", "--store", "other");

        _home.Pid().Should().Be(first.Pid);
        _home.Pid("--pid-file", "other.pid").Should().Be(second.Pid);
        _home.Call("stop", "--pid-file", "other.pid").ExitCode.Should().Be(0);
        Eventually.Until(() => _home.Daemons().SequenceEqual([first.Pid]), "that one ends");
    }

    [Test]
    public void A_pid_file_that_is_removed_hides_no_daemon()
    {
        var daemon = _home.Start();
        File.Delete(_home["filestore.pid"]);

        _home.Pid().Should().Be(daemon.Pid);
        _home.Call("status").Output.Should().Contain($"{daemon.Pid}");
        var again = _home.Run("start", "--host", "127.0.0.1", "--port", "0", "--store", "other");
        again.ExitCode.Should().Be(1);
        again.Error.Should().Contain($"already running (pid {daemon.Pid})");
        _home.Call("stop").Output.Should().Contain($"{daemon.Pid} has stopped");
        Eventually.Until(() => _home.Daemons().Length == 0, "it ends");
    }

    [Test]
    public void A_daemon_is_restarted_although_its_pid_file_is_gone()
    {
        var daemon = _home.Start("--store", "mine");
        File.Delete(_home["filestore.pid"]);

        var after = DaemonHome.Started(_home.Run("restart"));

        _home.Daemons().Should().Equal(after.Pid);
        _home.Call("status").Output.Should().Contain(_home["mine"]);
        after.Pid.Should().NotBe(daemon.Pid);
    }

    [TestCase("link")]
    [TestCase("fifo")]
    [TestCase("directory")]
    public void A_pid_file_that_is_not_a_regular_file_is_refused_by_every_verb(string kind)
    {
        var path = _home["filestore.pid"];
        File.WriteAllText(_home["target"], "precious");
        if (kind == "link")
            File.CreateSymbolicLink(path, "target");
        else if (kind == "fifo")
            Mounted.Must("mkfifo", path);
        else
            Directory.CreateDirectory(path);

        CommandResult[] results =
        [
            _home.Run("start", "--host", "127.0.0.1", "--port", "0"), _home.Run("restart"), _home.Call("stop"), _home.Call("status"), _home.Call("get_pid"),
        ];
        results.Should().OnlyContain(result => result.ExitCode == 1)
            .And.OnlyContain(result => result.Error.Contains(path) && result.Error.Contains(kind == "link" ? "symbolic link" : "not a regular file"));

        _home.Call("check").ExitCode.Should().Be(2);
        File.ReadAllText(_home["target"]).Should().Be("precious");
        _home.Daemons().Should().BeEmpty();
    }
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A home that containers share: a process has another number in each, or none, and nobody is taken for the daemon.</summary>
[TestFixture]
[NeedsRoot]
public sealed class PidNamespaceTests
{
    private static readonly string[] Container = ["unshare", "--pid", "--fork", "--mount-proc"];

    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void From_a_container_the_daemon_outside_is_left_alone_in_words()
    {
        var daemon = _home.Start();
        // In the container, another process gets the number that stands in the PID file.
        var script = $"echo {daemon.Pid - 1} > /proc/sys/kernel/ns_last_pid; sleep 60 & victim=$!; "
            + $"for verb in 'stop' 'stop --force' get_pid status restart 'start --host 127.0.0.1 --port 0'; do '{Command.FileStore}' $verb; echo \"exit $?\"; done; "
            + $"[ $victim = {daemon.Pid} ] && kill -0 $victim && echo unharmed; kill $victim";

        var result = InContainer(script);

        result.Output.Should().Be("exit 1\nexit 1\nexit 1\nexit 1\nexit 1\nexit 1\nunharmed\n", result.Error);
        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(6).And.OnlyContain(line => line.Contains("another container"));
        _home.Daemons().Should().Equal(daemon.Pid);
    }

    [Test]
    public void From_outside_a_daemon_in_a_container_goes_by_its_number_outside()
    {
        using var daemon = DaemonProcess.StartUnder(Container, _home.Path);
        var pid = _home.Pid()!.Value;

        File.ReadAllText(_home["filestore.pid"]).Should().NotBe($"{pid}\n", "that is its number in the container");
        _home.Run("status").Output.Should().Contain($"pid       {pid}\n").And.Contain($":{daemon.Port}/");
        var restart = _home.Run("restart");
        restart.ExitCode.Should().Be(1);
        restart.Error.Should().Contain("container");
        _home.Run("stop").Output.Should().Contain($"{pid}").And.Contain("stopped");
        daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
    }

    [Test]
    public void Daemons_of_the_same_number_in_two_containers_are_told_apart()
    {
        using var other = new TempFolder();
        using var first = DaemonProcess.StartUnder(Container, _home.Path);
        using var second = DaemonProcess.StartUnder(Container, other.Path);

        _home.Run("status").Output.Should().Contain(_home["store"]);
        DaemonHome.RunIn(other.Path, new Dictionary<string, string>(), "status").Output.Should().Contain(other["store"]);
    }

    private CommandResult InContainer(string script) => Command.Run(_home.Path, Container[0], [.. Container[1..], "bash", "-c", script]);
}

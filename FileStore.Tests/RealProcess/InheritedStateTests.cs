using System.Globalization;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What a starter leaves a process without being asked: a daemon works whatever it is, and passes none of it on.</summary>
[TestFixture]
public sealed class InheritedStateTests
{
    private const string Start = "start --host 127.0.0.1 --port 0";

    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("(trap '' HUP CHLD TERM INT QUIT USR1; {0})")]
    [TestCase("nohup {0}")]
    [TestCase("env --ignore-signal {0}")]
    [TestCase("env --block-signal=TERM,HUP,INT,USR2 {0}")]
    [TestCase("python3 -c 'import signal,subprocess,sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); signal.signal(signal.SIGCHLD, signal.SIG_IGN); sys.exit(subprocess.run(sys.argv[1:]).returncode)' {0}")]
    public async Task Signals_are_those_that_a_daemon_needs(string starter)
    {
        var daemon = DaemonHome.Started(Shell(string.Format(CultureInfo.InvariantCulture, starter, $"'{Command.FileStore}' {Start} --jobs")));

        Masks(daemon.Pid).Should().Be("no signal is blocked, and no other ignored than is meant to be");
        using var client = daemon.NewClient();
        (await client.RunAsync("grep -E '^Sig(Blk|Ign)' /proc/self/status")).Text("stdout").Should().MatchRegex(@"^SigBlk:\s+0+\nSigIgn:\s+0+\n$");
        File.Move(_home["log/server.log"], _home["log/moved"]);
        DaemonHome.Signal(daemon.Pid, "HUP");
        Eventually.Until(() => File.Exists(_home["log/server.log"]), "the log is opened anew");
        _home.Call("stop").ExitCode.Should().Be(0);
    }

    [TestCase("nohup")]
    [TestCase("env --block-signal=TERM,HUP,CHLD --ignore-signal=INT,CHLD")]
    public void They_are_in_the_foreground_too(string starter)
    {
        using var daemon = DaemonProcess.StartUnder(starter.Split(' '), _home.Path);

        Masks(daemon.Pid).Should().Be("no signal is blocked, and no other ignored than is meant to be");
        daemon.Signal("TERM");
        daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
        daemon.ExitCode.Should().Be(0);
    }

    [Test]
    public void Files_that_the_starter_has_open_are_not_the_daemons()
    {
        var result = Shell($"exec 8> held 9> lock; flock 9; '{Command.FileStore}' {Start}; exec 9>&-; flock --nonblock lock echo free");

        result.Output.Should().EndWith("free\n");
        Descriptors(_home.Pid()!.Value).Should().NotContain([_home["held"], _home["lock"]]);
    }

    [Test]
    public async Task In_the_foreground_the_daemon_keeps_them_and_its_jobs_do_not_get_them()
    {
        using var daemon = DaemonProcess.StartUnder(["bash", "-c", "exec 9> lock; flock 9; exec \"$@\"", "bash"], _home.Path, "--jobs");

        Descriptors(daemon.Pid).Should().Contain(_home["lock"], "it was asked to hold the lock");
        using var client = daemon.NewClient();
        (await client.RunAsync("ls -l /proc/self/fd")).Text("stdout").Should().NotContain(_home["lock"]);
    }

    [TestCase("<&-")]
    [TestCase("<&- 2>&-")]
    [TestCase(">&-")]
    [TestCase("<&- >&- 2>&-")]
    public void Standard_streams_that_are_closed_do_no_harm(string closed)
    {
        Shell($"'{Command.FileStore}' {Start} {closed}").ExitCode.Should().Be(0);

        var pid = _home.Pid()!.Value;
        string Link(int stream) => File.ResolveLinkTarget($"/proc/{pid}/fd/{stream}", returnFinalTarget: false)!.FullName;
        (Link(0), Link(1), Link(2)).Should().Be(("/dev/null", _home["log/server.log"], _home["log/server.log"]));
    }

    [TestCase("<&-")]
    [TestCase("<&- >&- 2>&-")]
    public void In_the_foreground_they_are_nothing_else_either(string closed)
    {
        Shell($"'{Command.FileStore}' run --host 127.0.0.1 --port 0 > printed 2>&1 {closed} & echo");
        Eventually.Until(() => _home.Pid() is not null, "it runs", seconds: 60);

        File.ResolveLinkTarget($"/proc/{_home.Pid()}/fd/0", returnFinalTarget: false)!.FullName.Should().Be("/dev/null");
    }

    [Test]
    public void A_umask_never_takes_files_from_their_owner()
    {
        DaemonHome.Started(Shell($"umask 777; '{Command.FileStore}' {Start}"));

        File.GetUnixFileMode(_home["log/server.log"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Test]
    public void A_daemon_does_not_tell_its_starters_supervisor_that_it_is_ready()
    {
        var daemon = _home.StartWith(new Dictionary<string, string> { ["NOTIFY_SOCKET"] = "/run/of-another-service", ["LISTEN_FDS"] = "1" });

        File.ReadAllText($"/proc/{daemon.Pid}/environ").Should().NotContain("NOTIFY_SOCKET").And.NotContain("LISTEN_FDS");
    }

    private CommandResult Shell(string script) => Command.Run(_home.Path, "bash", "-c", script);

    private static string Masks(int pid)
    {
        const ulong harmless = (1UL << 12) | (1UL << 24); // SIGPIPE and SIGXFSZ, which are failures of a write then
        var status = File.ReadAllLines($"/proc/{pid}/status").Select(line => line.Split(":\t")).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        var (blocked, ignored) = (Mask(status["SigBlk"]), Mask(status["SigIgn"]));
        return blocked == 0 && (ignored & ~harmless) == 0 ? "no signal is blocked, and no other ignored than is meant to be" : $"{blocked:x} is blocked, {ignored:x} ignored";
    }

    private static ulong Mask(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Descriptors(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
        .Select(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName ?? "");
}

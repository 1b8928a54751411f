using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What <c>start</c> leaves behind: a daemon that answers, or nothing and the reason.</summary>
[TestFixture, Category("Quick")]
public sealed class StartTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public async Task Start_prints_one_line_and_the_daemon_answers_at_once()
    {
        var result = _home.Run("start", "--host", "127.0.0.1", "--port", "0");

        var daemon = DaemonHome.Started(result);
        using var client = daemon.NewClient();
        using var answer = await client.GetAsync("/healthz");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle();
        result.Error.Should().Be($"filestore: warning: there are no access tokens: anyone who can reach {daemon.Url} can read, store and delete\n"
            + $"filestore: new store: {_home["store"]} (sha256)\n");
        _home.Pid().Should().Be(daemon.Pid);
        File.ReadAllText(_home["filestore.pid"]).Trim().Should().Be($"{daemon.Pid}");
    }

    [Test]
    public void Without_a_verb_it_starts()
    {
        var environment = new Dictionary<string, string> { ["FILESTORE_PORT"] = "0", ["FILESTORE_HOST"] = "127.0.0.1" };

        var daemon = DaemonHome.Started(_home.RunWith(environment));

        _home.Daemons().Should().Equal(daemon.Pid);
    }

    [Test]
    public void Without_a_verb_options_are_those_of_start()
    {
        var daemon = DaemonHome.Started(_home.Run("--port", "0", "--host", "127.0.0.1", "--hash", "sha1"));

        _home.Daemons().Should().Equal(daemon.Pid);
        _home.Call("status").Output.Should().Contain("sha1");
    }

    [Test]
    public void Start_can_be_called_in_a_command_substitution()
    {
        // The shell waits until the last holder of the pipe closes it: a daemon that kept its stdout would block this.
        var result = Command.Run(_home.Path, "bash", "-c", $"x=$('{Command.FileStore}' start --host 127.0.0.1 --port 0 2>&1 | tail -n 1); echo \"<$x>\"");

        result.ExitCode.Should().Be(0);
        result.Output.Should().MatchRegex(@"^<[^\n]*pid \d+ at http://127\.0\.0\.1:\d+/>\n$");
    }

    [Test]
    public void The_daemon_has_a_session_of_its_own_and_no_terminal()
    {
        var daemon = _home.Start();

        var stat = File.ReadAllText($"/proc/{daemon.Pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // state ppid pgrp session tty_nr, proc(5)
        fields[2].Should().Be($"{daemon.Pid}", "it leads a process group");
        fields[3].Should().Be($"{daemon.Pid}", "it leads a session");
        fields[4].Should().Be("0", "it has no terminal");
    }

    [Test]
    public void The_daemon_lets_go_of_the_standard_streams_and_keeps_its_directory()
    {
        var daemon = _home.Start();

        string Link(string name) => File.ResolveLinkTarget($"/proc/{daemon.Pid}/{name}", returnFinalTarget: false)!.FullName;
        Link("fd/0").Should().Be("/dev/null");
        Link("fd/1").Should().Be(_home["log/server.log"], "what the runtime prints when it crashes goes to the log");
        Link("fd/2").Should().Be(_home["log/server.log"]);
        Link("cwd").Should().Be(_home.Path);
    }

    [Test]
    public void A_daemon_that_runs_is_not_started_again()
    {
        var daemon = _home.Start();

        var result = _home.Run("start", "--host", "127.0.0.1", "--port", "0");

        result.ExitCode.Should().Be(1);
        result.Output.Should().BeEmpty();
        result.Error.Should().Contain("already running").And.Contain($"{daemon.Pid}");
        _home.Daemons().Should().Equal(daemon.Pid);
        _home.Pid().Should().Be(daemon.Pid);
    }

    [Test]
    public void A_taken_port_is_the_reason_that_is_told()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);

        Refused(_home.Run("start", "--host", "127.0.0.1", "--port", port)).Should().Contain(port).And.Contain("in use");
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
        Refused(_home.Run("start", "--host", "127.0.0.1", "--port", port, "--home", "a/new/one"));
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
    }

    [Test]
    public void A_start_that_fails_touches_nothing_of_a_daemon_that_runs()
    {
        _home.Start("--jobs");
        Eventually.Until(() => File.ReadAllText(_home["log/server.log"]).Contains("GET /healthz"), "the starter's own request is logged");
        var log = File.ReadAllText(_home["log/server.log"]);
        File.WriteAllText(_home["store/.incoming/unfinished"], "an upload");

        _home.Run("start", "--jobs", "--host", "127.0.0.1", "--port", "0", "--pid-file", "other.pid").ExitCode.Should().Be(1);

        File.ReadAllText(_home["log/server.log"]).Should().Be(log);
        File.Exists(_home["store/.incoming/unfinished"]).Should().BeTrue();
        File.Exists(_home["other.pid"]).Should().BeFalse();
    }

    [Test]
    public void A_daemon_whose_starter_is_gone_before_it_listens_ends()
    {
        var result = _home.Run("run", "--detached", "--host", "127.0.0.1", "--port", "0"); // with its input closed, as the starter's end closes it

        result.ExitCode.Should().Be(1);
        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void A_host_that_is_not_ours_is_the_reason_that_is_told() =>
        Refused(_home.Run("start", "--host", "192.0.2.1", "--port", "0")).Should().Contain("192.0.2.1");

    [TestCase("--store")]
    [TestCase("--log-file")]
    [TestCase("--pid-file")]
    public void A_path_that_cannot_be_written_is_the_reason_that_is_told(string option)
    {
        File.WriteAllText(_home["plain"], "a file, not a folder");

        Refused(_home.Run("start", "--host", "127.0.0.1", "--port", "0", option, "plain/below")).Should().Contain(_home["plain"]);
    }

    [Test]
    public void A_store_of_another_hash_is_the_reason_that_is_told()
    {
        _home.Start();
        _home.Run("stop").ExitCode.Should().Be(0);

        Refused(_home.Run("start", "--host", "127.0.0.1", "--port", "0", "--hash", "md5")).Should().Contain("--hash sha256");
    }

    private string Refused(CommandResult result)
    {
        result.ExitCode.Should().Be(1);
        result.Output.Should().BeEmpty();
        result.Error.Should().StartWith("filestore: ").And.NotContain("   at ", "a stack trace is no reason");
        _home.Daemons().Should().BeEmpty();
        File.Exists(_home["filestore.pid"]).Should().BeFalse();
        return result.Error;
    }
}

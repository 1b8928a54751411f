using System.Diagnostics;
using FileStore.Daemon.Cli;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A start that cannot succeed says why, soon, and leaves nothing.</summary>
[TestFixture]
public sealed class StartFaultTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void A_file_that_is_something_else_is_named(
        [Values("--log-file", "--pid-file", "--config", "--tasks")] string option, [Values("fifo", "folder", "socket")] string kind)
    {
        using var special = new TempFolder();
        Directory.CreateDirectory(special["in"]);
        SpecialFiles.Make(special["in"], special["out"]);

        Refused("start", "--host", "127.0.0.1", "--port", "0", option, special[$"in/{kind}"]).Should().Contain(special[$"in/{kind}"]);
    }

    [TestCase("tokens.json", "fifo")]
    [TestCase("tokens.json", "folder")]
    [TestCase("tokens.json", "link-dangling", Description = "the daemon would be open to everybody")]
    [TestCase("filestore.json", "fifo")]
    [TestCase("filestore.json", "folder")]
    [TestCase("filestore.json", "link-dangling")]
    public void A_file_of_the_home_that_is_something_else_is_not_passed_over(string name, string kind)
    {
        using var special = new TempFolder();
        Directory.CreateDirectory(special["in"]);
        SpecialFiles.Make(special["in"], special["out"]);
        Command.Run(special["in"], "mv", kind, _home[name]).ExitCode.Should().Be(0);

        var check = _home.Call("check", "--host", "127.0.0.1", "--port", "0");

        check.ExitCode.Should().Be(2);
        check.Error.Should().Contain(_home[name]).And.NotContain("   at ");
        if (kind == "link-dangling")
            Refused("start", "--host", "127.0.0.1", "--port", "0").Should().Be(check.Error);
    }

    [TestCase("store/.filestore.json", "")]
    [TestCase("authorities.pem", "--upstream http://127.0.0.1:1/")]
    public void A_fifo_is_not_waited_for(string name, string options)
    {
        Directory.CreateDirectory(_home["store"]);
        Mounted.Must("mkfifo", _home[name]);
        Dictionary<string, string> variables = options.Length == 0 ? [] : new() { ["FILESTORE_RELAY_CA"] = name };

        foreach (var verb in (string[])["check", "start"])
        {
            var result = _home.RunWith(variables, [verb, "--host", "127.0.0.1", "--port", "0", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            result.ExitCode.Should().BePositive();
            result.Error.Should().Contain(_home[name]).And.NotContain("after 60 s");
        }
    }

    [TestCase("plain")]
    [TestCase("link-dangling")]
    public void A_store_that_is_not_a_directory_is_a_fault_for_check_too(string kind)
    {
        File.WriteAllText(_home["plain"], "");
        File.CreateSymbolicLink(_home["link-dangling"], "nowhere");

        _home.Call("check", "--store", kind).Error.Should().Contain("is not a directory");
        Refused("start", "--host", "127.0.0.1", "--port", "0", "--store", kind).Should().Contain("is not a directory");
    }

    [TestCase("log", "")]
    [TestCase("jobs", "--jobs")]
    [TestCase("jobs/results", "--jobs")]
    [TestCase("store/.incoming", "")]
    [TestCase("pids", "--pid-file=pids/below/filestore.pid")]
    public void A_file_in_the_place_of_a_directory_is_named(string name, string option)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home[name])!);
        File.WriteAllText(_home[name], "");

        var result = _home.Run(["start", "--host", "127.0.0.1", "--port", "0", .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        result.ExitCode.Should().Be(1);
        result.Error.Should().StartWith("filestore: ").And.EndWith($"'{_home[name]}' is a file, not a directory\n").And.NotContain("   at ");
        _home.Daemons().Should().BeEmpty();
    }

    [TestCase(40)]
    [TestCase(128)]
    public void A_limit_of_open_files_that_is_too_low_is_the_reason_that_is_told(int limit)
    {
        foreach (var verb in (string[])["start", "run"])
        {
            var result = Command.Run(_home.Path, "bash", "-c", $"ulimit -n {limit}; '{Command.FileStore}' {verb} --host 127.0.0.1 --port 0");

            result.ExitCode.Should().Be(1);
            result.Error.Should().MatchRegex(@"^filestore: [^\n]*ulimit -n[^\n]*\n$");
            Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
        }

        if (limit < 64)
            return; // then no verb can do anything

        var check = Command.Run(_home.Path, "bash", "-c", $"ulimit -n {limit}; '{Command.FileStore}' check");
        check.ExitCode.Should().Be(2);
        check.Error.Should().MatchRegex(@"^filestore: [^\n]*ulimit -n[^\n]*\n$");
    }

    [Test]
    public void From_a_directory_that_is_gone_absolute_paths_work()
    {
        CommandResult FromNowhere(string arguments) => Command.Run(_home.Path, "bash", "-c", $"mkdir gone; cd gone; rmdir ../gone; '{Command.FileStore}' {arguments}");

        FromNowhere($"start --host 127.0.0.1 --port 0 --home '{_home.Path}'").ExitCode.Should().Be(0);
        foreach (var verb in (string[])["get_pid", "status", "restart", "token list", "check", "stop"])
            FromNowhere($"{verb} --home '{_home.Path}'").ExitCode.Should().Be(0, verb);
        foreach (var verb in (string[])["start", "run", "get_pid", "status", "restart", "token list", "check", "stop"])
        {
            var result = FromNowhere(verb);
            result.ExitCode.Should().BeOneOf([1, 2], verb);
            result.Error.Should().Contain("the current directory has been deleted").And.NotContain("   at ");
        }

        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void The_daemon_does_not_pin_the_directory_it_was_started_in()
    {
        Directory.CreateDirectory(_home["here"]);
        Directory.CreateDirectory(_home["home"]);

        var daemon = DaemonHome.Started(DaemonHome.RunIn(_home["here"], new Dictionary<string, string>(), "start", "--host", "127.0.0.1", "--port", "0", "--home", "../home"));

        File.ResolveLinkTarget($"/proc/{daemon.Pid}/cwd", returnFinalTarget: false)!.FullName.Should().Be(_home["home"]);
    }

    [Test]
    public void A_daemon_that_does_not_come_up_is_ended_with_all_that_it_has_started()
    {
        var start = new ProcessStartInfo("sh", ["-c", $"sh -c 'sleep 3141; : {_home.Path}' & setsid sh -c 'sleep 3142; : {_home.Path}' & wait"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        StartVerb.Await(start, TimeSpan.FromMilliseconds(500)).Should().Be(1);

        Eventually.Until(() => JobClient.ProcessesWith(_home.Path).Length == 0, "none of them is left");
    }

    private string Refused(params string[] arguments)
    {
        var result = _home.Run(arguments);
        result.ExitCode.Should().Be(1);
        result.Output.Should().BeEmpty();
        result.Error.Should().StartWith("filestore: ").And.NotContain("   at ", "a stack trace is no reason");
        _home.Daemons().Should().BeEmpty();
        Directory.Exists(_home["store"]).Should().BeFalse();
        Directory.Exists(_home["log"]).Should().BeFalse();
        return result.Error;
    }
}

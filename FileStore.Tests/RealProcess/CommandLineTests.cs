using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Verbs, exit codes, and which stream gets what, where no daemon runs.</summary>
[TestFixture]
public sealed class CommandLineTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("start")]
    [TestCase("run")]
    [TestCase("stop")]
    [TestCase("restart")]
    [TestCase("get_pid")]
    [TestCase("status")]
    [TestCase("token")]
    [TestCase("check")]
    public void Help_of_a_verb_goes_to_stdout(string verb)
    {
        var result = _home.Run(verb, "--help");

        result.ExitCode.Should().Be(0);
        result.Output.Should().Contain("Usage:").And.Contain("--home").And.Contain("--pid-file");
        result.Error.Should().BeEmpty();
        _home.Daemons().Should().BeEmpty();
    }

    [TestCase("start")]
    [TestCase("run")]
    [TestCase("restart")]
    [TestCase("check")]
    public void Help_names_every_option_of_a_daemon(string verb)
    {
        _home.Run(verb, "--help").Output.Should().ContainAll("--host", "--port", "--log", "--listen", "--buffer", "--store",
            "--hash", "--durability", "--max-upload", "--cache", "--config", "--log-file");
    }

    [Test]
    public void Help_names_the_verbs()
    {
        var result = _home.Run("--help");

        result.ExitCode.Should().Be(0);
        result.Output.Should().ContainAll("start", "run", "stop", "restart", "get_pid", "status", "token", "check");
        result.Error.Should().BeEmpty();
    }

    [Test]
    public void Version_is_one_line_on_stdout()
    {
        var result = _home.Run("--version");

        result.ExitCode.Should().Be(0);
        result.Output.Should().MatchRegex(@"^filestore \d+\.\d+\.\d+\S*\n$");
        result.Error.Should().BeEmpty();
    }

    [TestCase("launch")]
    [TestCase("--bogus")]
    [TestCase("start", "--bogus")]
    [TestCase("start", "extra")]
    [TestCase("start", "--port")]
    [TestCase("check", "--store", "--log", "DEBUG")]
    [TestCase("run", "--hash", "md5", "--log")]
    [TestCase("stop", "--port")]
    [TestCase("get_pid", "--bogus")]
    [TestCase("status", "extra")]
    [TestCase("run", "--bogus")]
    [TestCase("restart", "--bogus")]
    [TestCase("check", "--bogus")]
    public void What_is_not_understood_is_answered_with_the_usage(params string[] arguments)
    {
        var result = _home.Run(arguments);

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("Usage:").And.ContainAny(arguments.Select(argument => argument.TrimStart('-')));
        result.Output.Should().BeEmpty();
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty("nothing was started");
    }

    [TestCase("get_pid")]
    [TestCase("status")]
    public void Asked_of_no_daemon_a_verb_says_so_and_exits_with_3(string verb)
    {
        var result = _home.Run(verb);

        result.ExitCode.Should().Be(3);
        result.Output.Should().BeEmpty();
        result.Error.Should().MatchRegex("^filestore: [^\n]*not running[^\n]*\n$");
    }

    [TestCase("stop")]
    [TestCase("stop", "--force")]
    public void Stop_without_a_daemon_says_so_and_succeeds(params string[] arguments)
    {
        var result = _home.Run(arguments);

        result.ExitCode.Should().Be(0);
        (result.Output + result.Error).Should().Contain("not running");
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
    }

    [Test]
    public void Check_of_a_sound_configuration_changes_nothing()
    {
        File.WriteAllText(_home["filestore.json"], """{ "port": 9001, "maxUpload": "2GiB", /* why not */ "hash": "md5", }""");

        var result = _home.Run("check", "--listen", "7");

        result.ExitCode.Should().Be(0, result.Error);
        result.Error.Should().BeEmpty();
        Directory.GetFileSystemEntries(_home.Path).Should().ContainSingle("nothing was made beside the configuration");
    }

    [TestCase("check", 2)]
    [TestCase("start", 1)]
    [TestCase("run", 2)]
    public void Every_fault_is_told_by_its_name(string verb, int exitCode)
    {
        File.WriteAllText(_home["filestore.json"], """{ "hash": "crc", "maxUplaod": 1, "cache": [1] }""");
        var environment = new Dictionary<string, string> { ["FILESTORE_DURABILITY"] = "maybe", ["FILESTORE_LOG"] = "loud" };

        var result = _home.RunWith(environment, verb, "--port", "65536", "--listen", "0", "--buffer", "1");

        result.ExitCode.Should().Be(exitCode);
        result.Output.Should().BeEmpty();
        result.Error.Should().ContainAll("--port", "65536", "--listen", "--buffer", "4096", "FILESTORE_DURABILITY", "maybe",
            "FILESTORE_LOG", "loud", "\"hash\"", "crc", "\"maxUplaod\"", "\"cache\"");
        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(8, "each fault has a line");
        _home.Daemons().Should().BeEmpty();
        Directory.GetFileSystemEntries(_home.Path).Should().ContainSingle();
    }

    [Test]
    public void A_configuration_that_is_named_must_be_there()
    {
        var result = _home.Run("check", "--config", "other.json");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("other.json");
    }

    [Test]
    public void A_daemon_can_be_stopped_although_the_configuration_has_gone_bad()
    {
        _home.Start();
        File.WriteAllText(_home["filestore.json"], "{ not json");

        var result = _home.Run("stop");

        result.ExitCode.Should().Be(0, result.Error);
        _home.Daemons().Should().BeEmpty();
    }
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Verbs, exit codes, and which stream gets what, where no daemon runs.</summary>
[TestFixture, Category("Quick")]
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
        var result = InProcess.Run(verb, "--help");

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
        InProcess.Run(verb, "--help").Output.Should().ContainAll("--host", "--port", "--log", "--listen", "--buffer", "--store",
            "--hash", "--durability", "--max-upload", "--cache", "--config", "--log-file", "-p, ", "Examples:");
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

    [TestCase("start")]
    [TestCase("stop")]
    [TestCase("token")]
    public void Help_of_a_verb_can_be_asked_for_in_every_way(string verb)
    {
        var help = InProcess.Run("help", verb);

        help.ExitCode.Should().Be(0);
        help.Output.Should().Contain($"filestore {(verb == "start" ? "[start]" : verb)} ").And.Contain("Examples:");
        InProcess.Run(verb, "--help").Should().Be(help);
        InProcess.Run(verb, "-h").Should().Be(help);
        InProcess.Run("help").Should().Be(InProcess.Run("--help")).And.Be(InProcess.Run("-h")).And.NotBe(help);
    }

    [TestCase("help", "nosuch")]
    [TestCase("help", "start", "extra")]
    [TestCase("help", "--port")]
    [TestCase("help", "")]
    [TestCase("")]
    [TestCase("version", "extra")]
    public void A_wrong_argument_is_refused_and_not_answered_with_help(params string[] arguments)
    {
        var result = InProcess.Run(arguments);

        result.ExitCode.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Error.Should().StartWith("filestore: ").And.Contain("\nUsage: filestore");
    }

    [TestCase("strt", "did you mean 'start'?")]
    [TestCase("getpid", "did you mean 'get_pid'?")]
    [TestCase("START", "did you mean 'start'?")]
    public void A_mistyped_verb_is_guessed_and_the_verbs_are_listed(string verb, string hint)
    {
        foreach (var arguments in new[] { [verb], new[] { "help", verb } })
        {
            var result = InProcess.Run(arguments);

            result.ExitCode.Should().Be(2);
            result.Error.Split('\n').Should().HaveCount(4).And.HaveElementAt(0, $"filestore: unknown command '{verb}'; {hint}");
            result.Error.Should().ContainAll("start, run, stop, restart, get_pid, status, token, index, check");
        }
    }

    [Test]
    public void The_port_has_a_letter()
    {
        var port = DaemonHome.FreePort();

        var daemon = DaemonHome.Started(_home.Run("start", "--host", "127.0.0.1", "-p", $"{port}"));

        daemon.Url.Port.Should().Be(port);
        DaemonHome.Started(_home.Run("restart")).Url.Port.Should().Be(port, "restart keeps it");
    }

    [Test]
    public void The_version_has_a_letter() => InProcess.Run("-V").Should().Be(InProcess.Run("--version")).And.Be(InProcess.Run("start", "-V"));

    [Test]
    public void Only_the_message_names_the_program()
    {
        var error = InProcess.Run("start", "--port", "9000", "--port", "9001").Error.Split('\n');

        error.Should().Equal("filestore: --port is given twice", "Usage: filestore [start] [OPTIONS]", "'filestore help start' tells more.", "");
    }

    [TestCase("--scope", "foo", "a")]
    [TestCase("--scope", "read", "a/b")]
    public void A_value_that_token_does_not_take_is_told_in_one_line(string option, string scope, string name)
    {
        var result = _home.Call("token", "add", name, option, scope);

        result.ExitCode.Should().Be(2);
        result.Error.Should().MatchRegex("^filestore: [^\n]+\n$");
    }

    [TestCase("--store", "file", "the store '{0}/file' is not a directory")]
    [TestCase("--store", "file/store", "the store '{0}/file/store' cannot be created: '{0}/file' is not a directory")]
    [TestCase("--config", "no.json", "{0}/no.json: no such file")]
    [TestCase("--config", "no/no.json", "{0}/no/no.json: no such file")]
    [TestCase("--tasks", "no.json", "{0}/no.json: no such file")]
    [TestCase("--config", ".", "{0}: is a directory, not a file")]
    public void A_path_that_leads_to_something_else_is_told_in_one_line(string option, string value, string fault)
    {
        File.WriteAllText(_home["file"], "");

        var result = _home.Call("check", option, value);

        result.ExitCode.Should().Be(2);
        result.Error.Should().Be($"filestore: {string.Format(System.Globalization.CultureInfo.InvariantCulture, fault, _home.Path)}\n");
    }

    [TestCase("check", 2)]
    [TestCase("start", 1)]
    public void A_home_that_is_something_else_is_told_in_one_line(string verb, int exitCode)
    {
        File.WriteAllText(_home["file"], "");

        _home.Run(verb, "--home", "file").Should().Be(new CommandResult(exitCode, "", $"filestore: --home: '{_home["file"]}' is not a directory\n"));
    }

    [TestCase("check", 2)]
    [TestCase("check", 2, "--jobs")]
    [TestCase("start", 1, "--jobs")]
    public void A_host_that_does_not_resolve_is_a_fault_with_and_without_jobs(string verb, int exitCode, params string[] options)
    {
        var result = _home.Run([verb, "--host", "nosuch.invalid", .. options]);

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().MatchRegex("^filestore: --host: 'nosuch.invalid' does not resolve: [^\n]+\n$");
    }

    [TestCase("--upstream-insecure", "--upstream")]
    [TestCase("--tls-port=1", "--tls")]
    public void An_option_without_effect_is_warned_of(string option, string missing)
    {
        var result = _home.Call("check", option);

        result.ExitCode.Should().Be(0);
        result.Error.Should().Be($"filestore: warning: {option.Split('=')[0]} has no effect without {missing}\n");
    }

    [Test]
    public void Stop_says_the_same_as_status_where_no_daemon_runs() =>
        _home.Call("stop").Output.Should().Be(_home.Call("status").Error).And.Be(_home.Call("get_pid").Error);

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
    public void A_wrong_verb_or_option_is_refused_with_the_usage(params string[] arguments)
    {
        var result = InProcess.Run(arguments);

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("Usage:").And.ContainAny(arguments.Select(argument => argument.TrimStart('-')));
        result.Output.Should().BeEmpty();
    }

    [Test]
    public void Start_with_an_option_that_there_is_not_starts_nothing()
    {
        var result = _home.Run("start", "--bogus");

        result.Should().Be(InProcess.Run("start", "--bogus")).And.Match<CommandResult>(ended => ended.ExitCode == 2);
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
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
        var result = _home.Call(arguments);

        result.ExitCode.Should().Be(0);
        (result.Output + result.Error).Should().Contain("not running");
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
    }

    [Test]
    public void Check_of_a_sound_configuration_changes_nothing()
    {
        File.WriteAllText(_home["filestore.json"], """{ "port": 9001, "maxUpload": "2GiB", /* why not */ "hash": "md5", }""");

        var result = _home.Call("check", "--listen", "7");

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
        var result = _home.Call("check", "--config", "other.json");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("other.json");
    }

    [Test]
    public void A_daemon_can_be_stopped_although_the_configuration_has_gone_bad()
    {
        _home.Start();
        File.WriteAllText(_home["filestore.json"], "{ not json");

        var result = _home.Call("stop");

        result.ExitCode.Should().Be(0, result.Error);
        Eventually.Until(() => _home.Daemons().Length == 0, "it ends");
    }
}

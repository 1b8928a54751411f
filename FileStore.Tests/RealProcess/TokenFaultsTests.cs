using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What <c>filestore token</c> refuses, and who else refuses its file.</summary>
[TestFixture]
public sealed class TokenFaultsTests
{
    private DaemonHome _home;

    private string TokensFile => _home["tokens.json"];

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("token")]
    [TestCase("token", "frobnicate")]
    [TestCase("token", "add")]
    [TestCase("token", "add", "x")]
    [TestCase("token", "add", "--scope", "read")]
    [TestCase("token", "add", "x", "--scope")]
    [TestCase("token", "add", "x", "y", "--scope", "read")]
    [TestCase("token", "add", "-x", "--scope", "read")]
    [TestCase("token", "revoke")]
    [TestCase("token", "revoke", "x", "y")]
    [TestCase("token", "revoke", "x", "--scope", "read")]
    [TestCase("token", "list", "x")]
    [TestCase("token", "list", "--scope", "read")]
    [TestCase("token", "list", "--bogus")]
    public void A_wrong_token_command_is_refused_with_the_three_forms(params string[] arguments)
    {
        var result = InProcess.Run(arguments);

        result.ExitCode.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Error.Should().StartWith("filestore: ").And.ContainAll(
            "token add NAME --scope", "token list", "token revoke NAME", "read, write, delete, exports, jobs, tasks, relay, admin");
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
    }

    [TestCase("token", "add", "x", "--scope", "")]
    [TestCase("token", "add", "x", "--scope", "root")]
    [TestCase("token", "add", "x", "--scope", "anyone")]
    [TestCase("token", "add", "x", "--scope", "read,,write")]
    [TestCase("token", "add", "a b", "--scope", "read")]
    [TestCase("token", "add", "../x", "--scope", "read")]
    [TestCase("token", "add", "", "--scope", "read")]
    public void A_value_that_is_not_valid_is_told_in_one_line_without_the_forms(params string[] arguments)
    {
        var result = _home.Call(arguments);

        result.ExitCode.Should().Be(2);
        result.Output.Should().BeEmpty();
        result.Error.Should().MatchRegex("^filestore: [^\n]+\n$").And.ContainAny("read, write, delete, exports, jobs, tasks, relay, admin", "A-Z, a-z, 0-9");
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
    }

    [TestCase("token", "--help")]
    [TestCase("token", "add", "--help")]
    public void Help_shows_the_three_forms(params string[] arguments)
    {
        var result = InProcess.Run(arguments);

        result.ExitCode.Should().Be(0);
        result.Error.Should().BeEmpty();
        result.Output.Should().ContainAll("token add NAME --scope", "token list", "token revoke NAME", "--home", "admin (everything)");
    }

    [TestCase("nowhere")]
    [TestCase("file")]
    [TestCase("")]
    public void A_home_that_cannot_be_used_is_refused_by_name(string home)
    {
        File.WriteAllText(_home["file"], "");

        var result = InProcess.Run("token", "add", "a", "--scope", "read", "--home", home.Length > 0 ? _home[home] : "");

        result.ExitCode.Should().Be(1);
        result.Output.Should().BeEmpty("a token that is not kept is not shown");
        result.Error.Should().StartWith("filestore: ").And.Contain(home.Length > 0 ? _home[home] : "--home").And.NotContain("   at ");
        Directory.GetFileSystemEntries(_home.Path).Should().Equal(_home["file"]);
    }

    [TestCase("list")]
    [TestCase("add", "x", "--scope", "read")]
    [TestCase("revoke", "a")]
    public void A_faulty_file_is_named_and_left_alone(params string[] action)
    {
        File.WriteAllText(TokensFile, "{ not json");

        var result = _home.Call(["token", .. action]);

        result.ExitCode.Should().Be(1);
        result.Output.Should().BeEmpty();
        result.Error.Should().StartWith($"filestore: {TokensFile}: is not JSON, in line 1");
        File.ReadAllText(TokensFile).Should().Be("{ not json");
    }

    [Test]
    public void A_daemon_does_not_start_with_a_faulty_file_and_check_names_it()
    {
        File.WriteAllText(TokensFile, """{ "tokens": [{ "name": "a" }] }""");

        var check = _home.Call("check");
        var start = _home.Run("start", "--host", "127.0.0.1", "--port", "0");

        check.Should().BeEquivalentTo(new CommandResult(2, "", $"filestore: {TokensFile}: token 1 has no \"scopes\"\n"));
        start.Should().BeEquivalentTo(new CommandResult(1, "", check.Error));
        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void A_daemon_is_not_stopped_for_one_that_could_not_start()
    {
        var daemon = _home.Start();
        File.WriteAllText(TokensFile, "{");

        _home.Run("restart").ExitCode.Should().Be(1);

        _home.Daemons().Should().Equal(daemon.Pid);
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary><c>filestore token</c>.</summary>
[TestFixture, Category("Quick")]
public sealed class TokenVerbTests
{
    private DaemonHome _home;

    private string TokensFile => _home["tokens.json"];

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void Add_prints_the_token_alone_and_keeps_its_hash()
    {
        var result = _home.Run("token", "add", "backup", "--scope", "read,write");

        result.ExitCode.Should().Be(0, result.Error);
        result.Output.Should().MatchRegex("^fst_[A-Za-z0-9_-]{43}\n$");
        result.Error.Should().Contain("cannot be shown again").And.Contain("from now on every request");
        var secret = result.Output.Trim();
        using var file = JsonDocument.Parse(File.ReadAllText(TokensFile));
        var token = file.RootElement.GetProperty("tokens").EnumerateArray().Should().ContainSingle().Subject;
        token.GetProperty("name").GetString().Should().Be("backup");
        token.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()).Should().Equal("read", "write");
        token.GetProperty("sha256").GetString().Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret))));
        token.GetProperty("created").GetDateTimeOffset().Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(2));
        File.ReadAllText(TokensFile).Should().NotContain(secret[4..]);
        File.GetUnixFileMode(TokensFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.GetFileSystemEntries(_home.Path).Should().Equal(TokensFile);
    }

    [Test]
    public void Only_the_first_one_changes_things_for_everybody()
    {
        Add("first", "admin");

        _home.Call("token", "add", "second", "--scope", "read").Error.Should().Contain("cannot be shown again").And.NotContain("every request");
    }

    [Test]
    public void List_shows_names_scopes_and_times_in_columns_and_no_secret()
    {
        var secret = Add("backup-of-everything", "read, write ,read");
        Add("ui", "admin");

        var result = _home.Call("token", "list");

        result.ExitCode.Should().Be(0);
        result.Error.Should().BeEmpty();
        var lines = result.Output.TrimEnd('\n').Split('\n');
        lines[0].Should().Be("name                  scopes      created");
        lines[1].Should().MatchRegex(@"^backup-of-everything  read,write  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$");
        lines[2].Should().MatchRegex(@"^ui                    admin       \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$");
        lines.Should().HaveCount(3);
        result.Output.Should().NotContain(secret[4..]);
    }

    [Test]
    public void An_empty_list_says_whether_the_daemon_is_open_or_closed()
    {
        var none = _home.Call("token", "list");
        Add("only", "read");
        _home.Call("token", "revoke", "only");
        var noneLeft = _home.Call("token", "list");

        none.Should().BeEquivalentTo(new CommandResult(0, "", none.Error));
        none.Error.Should().Contain("no tokens").And.Contain("open to everyone");
        noneLeft.Should().BeEquivalentTo(new CommandResult(0, "", noneLeft.Error));
        noneLeft.Error.Should().Contain("no tokens").And.Contain("every request is rejected");
    }

    [Test]
    public void Revoke_ends_one_and_says_so_when_it_was_the_last()
    {
        Add("a", "read");
        Add("b", "read");

        var first = _home.Call("token", "revoke", "a");
        var last = _home.Call("token", "revoke", "b");

        first.ExitCode.Should().Be(0);
        first.Output.Should().Contain("'a'");
        first.Error.Should().BeEmpty();
        last.ExitCode.Should().Be(0);
        last.Error.Should().Contain("every request is rejected").And.Contain(TokensFile).And.Contain("restart");
        File.Exists(TokensFile).Should().BeTrue();
    }

    [Test]
    public void A_name_is_taken_once_and_an_unknown_one_is_not_revoked()
    {
        Add("a", "read");
        var before = File.ReadAllText(TokensFile);

        var twice = _home.Call("token", "add", "a", "--scope", "write");
        var unknown = _home.Call("token", "revoke", "A");

        twice.Should().BeEquivalentTo(new CommandResult(1, "", twice.Error));
        twice.Error.Should().Contain("'a'").And.Contain("already");
        unknown.Should().BeEquivalentTo(new CommandResult(1, "", unknown.Error));
        unknown.Error.Should().Contain("'A'");
        File.ReadAllText(TokensFile).Should().Be(before);
    }

    [Test]
    public void A_home_is_named_by_option_and_by_variable()
    {
        Directory.CreateDirectory(_home["one"]);
        Directory.CreateDirectory(_home["two"]);

        _home.Run("token", "add", "a", "--scope", "read", "--home", "one").ExitCode.Should().Be(0);
        _home.RunWith(new Dictionary<string, string> { ["FILESTORE_HOME"] = _home["two"] }, "token", "add", "b", "--scope", "read").ExitCode.Should().Be(0);

        _home.Call("token", "list", "--home", _home["one"]).Output.Should().Contain("\na  ");
        _home.Call("token", "list", "--home", _home["two"]).Output.Should().Contain("\nb  ");
        File.Exists(TokensFile).Should().BeFalse();
    }

    [Test]
    public async Task Many_at_once_are_all_kept()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => _home.Run("token", "add", $"t{i}", "--scope", "read"))));

        results.Should().OnlyContain(result => result.ExitCode == 0);
        results.Count(result => result.Error.Contains("every request")).Should().Be(1, "one of them was the first");
        _home.Call("token", "list").Output.Split('\n').Count(line => line.StartsWith('t')).Should().Be(4);
    }

    [Test, NeedsRoot]
    public void A_token_file_that_root_writes_belongs_to_the_owner_of_the_home()
    {
        Command.Run("/", "chown", "12345:23456", _home.Path);

        Add("a", "read");
        _home.Call("token", "add", "b", "--scope", "read").ExitCode.Should().Be(0);

        Command.Run("/", "stat", "-c", "%u:%g %a", TokensFile).Output.Should().Be("12345:23456 600\n");
    }

    private string Add(string name, string scopes)
    {
        var result = _home.Call("token", "add", name, "--scope", scopes);
        result.ExitCode.Should().Be(0, result.Error);
        return result.Output.Trim();
    }
}

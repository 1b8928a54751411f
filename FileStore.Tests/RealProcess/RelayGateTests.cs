using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Whether a daemon starts that could not judge uploads, or could not pass them on, as it is told to.</summary>
[TestFixture]
public sealed class RelayGateTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("\"roots\": [\"HOME\", \"HOME/missing\"]", "relay.roots: HOME/missing is not a directory")]
    [TestCase("\"roots\": [\"HOME/filestore.json\"]", "relay.roots: HOME/filestore.json is not a directory")]
    [TestCase("\"rules\": { \"command\": [\"no-such-program\", \"-\"] }", "relay.rules.command: its first word is not a program")]
    [TestCase("\"rules\": { \"command\": [\"/etc/passwd\"] }", "relay.rules.command: its first word is not a program")]
    [TestCase("\"ca\": \"HOME/filestore.json\"", "relay.ca: HOME/filestore.json cannot be used: 'HOME/filestore.json' contains no certificate")]
    [TestCase("\"ca\": \"HOME/missing.pem\"", "relay.ca: HOME/missing.pem cannot be used: ")]
    public void A_configuration_that_could_not_work_is_a_fault(string relay, string fault)
    {
        Configure(relay);

        var result = _home.Call("check");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain(fault.Replace("HOME", _home.Path, StringComparison.Ordinal));
    }

    [Test]
    public void A_start_is_refused_with_what_check_says()
    {
        Configure("\"roots\": [\"HOME/missing\"]");

        var result = _home.Run("start", "--host", "127.0.0.1", "--port", "0");

        result.Should().Be(new CommandResult(1, "", _home.Call("check").Error));
        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void A_daemon_starts_with_all_that_it_needs()
    {
        using var authority = CertificateFiles.WriteSelfSigned(_home["ca.pem"], _home["ca.key"], "authority");
        Configure("""
            "upstream": "https://127.0.0.1:1/in", "ca": "HOME/ca.pem", "roots": ["HOME"], "hosts": ["files.example.com", "[::1]:8080"],
            "rules": { "maxSize": "1MB", "extensions": [".gz"], "contentTypes": ["application/gzip"], "command": ["sh", "-c", "cat >/dev/null"] }
            """);

        var check = _home.Call("check", "--host", "127.0.0.1", "--port", "0");
        check.ExitCode.Should().Be(0, check.Error);
        _home.Start().Pid.Should().BePositive();
    }

    [Test, NeedsRoot]
    public void Types_that_are_asked_for_need_the_program_file()
    {
        Configure("\"rules\": { \"contentTypes\": [\"image/*\"] }");

        var result = Command.Run(_home.Path, "unshare", "--mount", "sh", "-c", $"mount --bind /dev/null /usr/bin/file && exec {Command.FileStore} check");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("relay.rules.contentTypes: /usr/bin/file is missing");
        _home.Call("check").ExitCode.Should().Be(0, "here it is");
    }

    private void Configure(string relay) =>
        File.WriteAllText(_home["filestore.json"], $$"""{ "relay": { {{relay.Replace("HOME", _home.Path, StringComparison.Ordinal)}} } }""");
}

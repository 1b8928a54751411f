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
    public void It_does_not(string relay, string fault)
    {
        Configure(relay);

        foreach (var verb in (string[])["check", "start"])
        {
            var result = _home.Run(verb, "--host", "127.0.0.1", "--port", "0");
            result.ExitCode.Should().Be(verb == "check" ? 2 : 1);
            result.Error.Should().Contain(fault.Replace("HOME", _home.Path, StringComparison.Ordinal));
        }

        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void It_does_with_all_that_it_needs()
    {
        using var authority = CertificateFiles.WriteSelfSigned(_home["ca.pem"], _home["ca.key"], "authority");
        Configure("""
            "upstream": "https://127.0.0.1:1/in", "ca": "HOME/ca.pem", "roots": ["HOME"], "hosts": ["files.example.com", "[::1]:8080"],
            "rules": { "maxSize": "1MB", "extensions": [".gz"], "contentTypes": ["application/gzip"], "command": ["sh", "-c", "cat >/dev/null"] }
            """);

        var check = _home.Run("check", "--host", "127.0.0.1", "--port", "0");
        check.ExitCode.Should().Be(0, check.Error);
        _home.Start().Pid.Should().BePositive();
    }

    [Test, NeedsRoot]
    public void It_does_not_without_file_where_types_are_asked_for()
    {
        Configure("\"rules\": { \"contentTypes\": [\"image/*\"] }");

        var result = Command.Run(_home.Path, "unshare", "--mount", "sh", "-c", $"mount --bind /dev/null /usr/bin/file && exec {Command.FileStore} check");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain("relay.rules.contentTypes: /usr/bin/file is missing");
        _home.Run("check").ExitCode.Should().Be(0, "here it is");
    }

    private void Configure(string relay) =>
        File.WriteAllText(_home["filestore.json"], $$"""{ "relay": { {{relay.Replace("HOME", _home.Path, StringComparison.Ordinal)}} } }""");
}

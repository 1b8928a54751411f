using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Whether a daemon starts that would run commands for its clients.</summary>
[TestFixture]
public sealed class JobsGateTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("start", "0.0.0.0")]
    [TestCase("run", "0.0.0.0")]
    [TestCase("check", "0.0.0.0")]
    [TestCase("start", "::")]
    public void It_does_not_for_everybody_in_reach(string verb, string host)
    {
        var result = _home.Run(verb, "--port", "0", "--host", host, "--jobs");

        result.ExitCode.Should().Be(verb == "check" ? 2 : 1);
        result.Error.Should().Contain("--jobs").And.Contain("token add").And.Contain("--host 127.0.0.1");
        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void It_does_not_either_when_the_configuration_or_the_environment_says_so()
    {
        File.WriteAllText(_home["filestore.json"], """{ "jobs": { "enabled": true } }""");
        _home.Run("check").ExitCode.Should().Be(2);

        File.Delete(_home["filestore.json"]);
        _home.RunWith(new Dictionary<string, string> { ["FILESTORE_JOBS"] = "true" }, "check").ExitCode.Should().Be(2);
        _home.Run("check").ExitCode.Should().Be(0);
    }

    [TestCase("127.0.0.1")]
    [TestCase("127.0.0.2")]
    [TestCase("::1")]
    [TestCase("localhost")]
    public void It_does_on_this_machine_alone(string host) =>
        _home.Run("check", "--host", host, "--jobs").Should().Match<CommandResult>(result => result.ExitCode == 0, "nobody else can reach it");

    [Test]
    public void It_does_with_a_token()
    {
        _home.Run("token", "add", "ann", "--scope", "jobs").ExitCode.Should().Be(0);

        DaemonHome.Started(_home.Run("start", "--port", "0", "--host", "0.0.0.0", "--jobs")).Pid.Should().BePositive();
        Eventually.Until(() => File.ReadAllText(_home["log/server.log"]).Contains("WARNING jobs are on: clients with the scope jobs may run commands as "), "it says so");
    }

    [TestCase("/bin/absent")]
    [TestCase("/bin")]
    [TestCase("/etc/passwd")]
    public void It_does_not_without_a_shell(string shell)
    {
        File.WriteAllText(_home["filestore.json"], $$"""{ "jobs": { "enabled": true, "shell": "{{shell}}" } }""");

        var result = _home.Run("start", "--port", "0", "--host", "127.0.0.1");

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain($"jobs.shell: {shell} is not a program");
    }
}

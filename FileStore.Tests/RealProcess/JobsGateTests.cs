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

    [TestCase("start", "0.0.0.0", 1)]
    [TestCase("check", "0.0.0.0", 2)]
    [TestCase("check", "::", 2)]
    public void Jobs_for_everybody_in_reach_are_a_fault(string verb, string host, int exitCode)
    {
        string[] arguments = [verb, "--port", "0", "--host", host, "--jobs"];

        var result = verb == "check" ? _home.Call(arguments) : _home.Run(arguments);

        result.ExitCode.Should().Be(exitCode);
        result.Error.Should().Contain("--jobs").And.Contain("token add").And.Contain("--host 127.0.0.1");
        _home.Daemons().Should().BeEmpty();
    }

    [Test]
    public void Jobs_may_be_asked_for_by_the_configuration_or_the_environment()
    {
        File.WriteAllText(_home["filestore.json"], """{ "jobs": { "enabled": true } }""");
        _home.Call("check").ExitCode.Should().Be(2);

        File.Delete(_home["filestore.json"]);
        _home.RunWith(new Dictionary<string, string> { ["FILESTORE_JOBS"] = "true" }, "check").ExitCode.Should().Be(2);
        _home.Call("check").ExitCode.Should().Be(0);
    }

    [TestCase("127.0.0.1")]
    [TestCase("127.0.0.2")]
    [TestCase("::1")]
    [TestCase("localhost")]
    public void Jobs_on_a_loopback_address_are_allowed(string host) =>
        _home.Call("check", "--host", host, "--jobs").Should().Match<CommandResult>(result => result.ExitCode == 0, "nobody else can reach it");

    [Test]
    public void Jobs_for_clients_with_a_token_are_allowed_with_a_warning()
    {
        _home.Call("token", "add", "ann", "--scope", "jobs").ExitCode.Should().Be(0);

        DaemonHome.Started(_home.Run("start", "--port", "0", "--host", "0.0.0.0", "--jobs")).Pid.Should().BePositive();
        Eventually.Until(() => File.ReadAllText(_home["log/server.log"]).Contains("WARNING jobs are on: clients with the scope jobs may run commands as "), "it says so");
    }

    [TestCase("/bin/absent")]
    [TestCase("/bin")]
    [TestCase("/etc/passwd")]
    public void A_shell_that_is_not_a_program_is_a_fault(string shell)
    {
        File.WriteAllText(_home["filestore.json"], $$"""{ "jobs": { "enabled": true, "shell": "{{shell}}" } }""");

        var result = _home.Call("check", "--host", "127.0.0.1");

        result.ExitCode.Should().Be(2);
        result.Error.Should().Contain($"jobs.shell: {shell} is not a program");
    }
}

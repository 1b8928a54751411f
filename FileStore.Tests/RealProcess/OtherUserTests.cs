using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What root does to a daemon that is another user's leaves it that user's.</summary>
[TestFixture]
[NeedsRoot]
public sealed class OtherUserTests
{
    private const string Nobody = "65534";

    private static readonly string[] Program = [Command.FileStore];
    private static readonly string[] AsNobody = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--groups=65533,65534", "--bounding-set=-all", "--"];

    private DaemonHome _home;

    [SetUp]
    public void StartAsNobody()
    {
        _home = new DaemonHome();
        Command.Run("/", "chown", Nobody, _home.Path).ExitCode.Should().Be(0);
    }

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase()]
    [TestCase("--host", "127.0.0.1", "--port", "0", "--max-upload", "7")]
    public async Task Restart_keeps_the_user_and_the_groups(params string[] options)
    {
        var before = DaemonHome.Started(Run([.. AsNobody, .. Program, "start", "--host", "127.0.0.1", "--port", "0"]));

        var after = DaemonHome.Started(Run([.. Program, "restart", .. options]));

        after.Pid.Should().NotBe(before.Pid);
        Status(after.Pid, "Uid").Should().Be($"{Nobody}\t{Nobody}\t{Nobody}\t{Nobody}");
        Status(after.Pid, "Gid").Should().Be($"{Nobody}\t{Nobody}\t{Nobody}\t{Nobody}");
        Status(after.Pid, "Groups").Should().Be("65533 65534");
        Status(after.Pid, "CapEff").Trim('0').Should().BeEmpty();
        using var client = after.NewClient();
        (await client.SendAsync(Uploads.Post(Bytes.Fresh(5)))).EnsureSuccessStatusCode().Dispose();
        var owners = Command.Run(_home.Path, "find", ".", "-printf", "%U\n").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        owners.Distinct().Should().Equal(Nobody);
        Run([.. AsNobody, .. Program, "stop"]).ExitCode.Should().Be(0);
    }

    [Test]
    public void A_token_that_root_adds_is_in_a_file_that_the_daemon_can_read()
    {
        DaemonHome.Started(Run([.. AsNobody, .. Program, "start", "--host", "127.0.0.1", "--port", "0"]));

        Run([.. Program, "token", "add", "a", "--scope", "read"]).ExitCode.Should().Be(0);

        Command.Run(_home.Path, "stat", "-c", "%u", "tokens.json").Output.Trim().Should().Be(Nobody);
    }

    [Test]
    public void Root_is_warned_when_it_starts_a_daemon_in_anothers_home() =>
        Run([.. Program, "start", "--host", "127.0.0.1", "--port", "0"]).Error.Should().Contain($"root runs the daemon in a home of user {Nobody}");

    private CommandResult Run(string[] command) => Command.Run(_home.Path, command[0], command[1..]);

    private static string Status(int pid, string name) => File.ReadAllLines($"/proc/{pid}/status").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))
        .Split(':', 2)[1].Trim();
}

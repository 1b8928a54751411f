using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A new daemon in the place of a running one.</summary>
[TestFixture]
public sealed class RestartTests
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void Restart_without_a_daemon_starts_one()
    {
        var daemon = DaemonHome.Started(_home.Run("restart", "--host", "127.0.0.1", "--port", "0"));

        _home.Pid().Should().Be(daemon.Pid);
    }

    [Test]
    public void Restart_keeps_the_options_of_the_running_daemon()
    {
        var port = DaemonHome.FreePort();
        var before = _home.Start("--port", $"{port}", "--hash", "sha1", "--store", "my store", "--max-upload", "10");

        var after = DaemonHome.Started(_home.Run("restart"));

        after.Pid.Should().NotBe(before.Pid);
        after.Url.Should().Be(before.Url);
        _home.Daemons().Should().Equal(after.Pid);
        _home.Call("status").Output.Should().Contain("sha1").And.Contain(_home["my store"]);
        PostStatus(after, 11).Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Test]
    public void Restart_from_elsewhere_keeps_relative_paths_and_the_environment()
    {
        Directory.CreateDirectory(_home["place"]);
        var variables = new Dictionary<string, string> { ["FILESTORE_STORE"] = "blobs", ["FILESTORE_MAX_UPLOAD"] = "10" };
        var before = _home.StartWith(variables, "--home", "place");
        var others = new Dictionary<string, string> { ["FILESTORE_HASH"] = "md5" };

        var after = DaemonHome.Started(DaemonHome.RunIn("/", others, "restart", "--home", _home["place"]));

        after.Pid.Should().NotBe(before.Pid);
        File.ResolveLinkTarget($"/proc/{after.Pid}/cwd", false)!.FullName.Should().Be(_home["place"]);
        var status = DaemonHome.RunIn("/", NoVariables, "status", "--home", _home["place"]).Output;
        status.Should().Contain(_home["place/blobs"]).And.Contain("sha256");
        PostStatus(after, 11).Should().Be(HttpStatusCode.RequestEntityTooLarge);
        PostStatus(after, 10).Should().Be(HttpStatusCode.OK);
        DaemonHome.Started(DaemonHome.RunIn("/", others, "restart", "--home", _home["place"])).Pid.Should().NotBe(after.Pid);
        _home.Daemons().Should().ContainSingle();
    }

    [Test]
    public void Restart_with_options_uses_those()
    {
        _home.Start("--store", "old", "--hash", "sha1");

        var after = DaemonHome.Started(_home.Run("restart", "--host", "127.0.0.1", "--port", "0", "--store", "new"));

        _home.Daemons().Should().Equal(after.Pid);
        _home.Call("status").Output.Should().Contain(_home["new"]).And.Contain("sha256");
    }

    [Test]
    public void Restart_with_a_fault_in_its_options_lets_the_daemon_run()
    {
        var daemon = _home.Start();

        var result = _home.Run("restart", "--port", "none");

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain("--port");
        _home.Daemons().Should().Equal(daemon.Pid);
    }

    [Test]
    public void Restart_with_a_configuration_that_has_gone_bad_lets_the_daemon_run()
    {
        var daemon = _home.Start("--store", "s", "--hash", "md5");
        File.WriteAllText(_home["filestore.json"], """{ "hsah": "md5" }""");

        var result = _home.Run("restart");

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain("\"hsah\"");
        _home.Daemons().Should().Equal(daemon.Pid);
    }

    [TestCase("{0} restart")]
    [TestCase("{0} restart; echo more")]
    [TestCase("cd / && exec {0} restart --home {1}")]
    [TestCase("{0} restart >/dev/null 2>&1 &")]
    [TestCase("({0} restart >/dev/null 2>&1 &); exit 0")]
    [TestCase("nohup {0} restart >/dev/null 2>&1 & sleep 0.4")]
    public async Task A_job_can_restart_the_daemon(string command)
    {
        var before = _home.Start("--jobs", "--port", $"{DaemonHome.FreePort()}");
        using var client = before.NewClient();

        await client.SubmitAsync(string.Format(command, Command.FileStore, _home.Path));

        Eventually.Until(() => _home.Pid() is { } pid && pid != before.Pid, "another daemon runs");
        await Health.BecomesAsync(client, HttpStatusCode.OK);
        _home.Daemons().Should().Equal(_home.Pid()!.Value);
        if (!command.Contains('&', StringComparison.Ordinal) || command.Contains("&&", StringComparison.Ordinal))
            (await client.GetJsonAsync("/api/results/1")).Text("error").Should().Be("the daemon stopped while it ran");
    }

    [Test]
    public async Task Five_restarts_in_a_row_under_traffic_each_succeed()
    {
        var daemon = _home.Start("--port", $"{DaemonHome.FreePort()}");
        using var over = new CancellationTokenSource();
        var workload = new Workload();
        var traffic = workload.RunAsync(daemon.Url, clients: 6, over.Token);

        for (var i = 0; i < 5; i++)
        {
            var acknowledged = workload.Acknowledged;
            Eventually.Until(() => workload.Acknowledged > acknowledged + 10, "there is traffic");
            var restarted = DaemonHome.Started(_home.Run("restart"));
            restarted.Url.Should().Be(daemon.Url, "the port is free again at once");
            _home.Daemons().Should().Equal(restarted.Pid);
        }

        await over.CancelAsync();
        await traffic;
        workload.Verify(_home["store"]);
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
    }

    private static HttpStatusCode PostStatus(StartedDaemon daemon, int size)
    {
        using var client = daemon.NewClient();
        using var answer = client.Send(Uploads.Post(Bytes.Fresh(size)));
        return answer.StatusCode;
    }
}

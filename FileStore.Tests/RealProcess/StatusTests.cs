using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Where settings come from, seen from outside: command line, environment, file, default.</summary>
[TestFixture, Category("Quick")]
public sealed class StatusTests
{
    private DaemonHome _home;

    [SetUp]
    public void MakeHome() => _home = new DaemonHome();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public async Task Status_tells_pid_url_uptime_store_hash_and_requests()
    {
        var daemon = _home.Start();
        using var client = daemon.NewClient();
        Eventually.Until(() => Status("requests") == "1", "the request of the start is counted, which is after its response");
        for (var i = 0; i < 3; i++)
            (await client.GetAsync("/healthz")).Dispose();

        Status("pid").Should().Be($"{daemon.Pid}");
        Status("url").Should().Be(daemon.Url.ToString());
        _home.Run("status").Output.Should().MatchRegex($@"^pid +{daemon.Pid}\n");
        Status("uptime").Should().MatchRegex(@"^0 d 00:0\d:\d\d$");
        Status("store").Should().Be(_home["store"]);
        Status("hash").Should().Be("sha256");
        Eventually.Until(() => Status("requests") == "4", "the requests are counted");
    }

    [TestCase(true, true, true, "from-flag", "sha1")]
    [TestCase(false, true, true, "from-environment", "md5")]
    [TestCase(false, false, true, "from-file", "sha512")]
    [TestCase(false, false, false, "store", "sha256")]
    public void The_nearer_source_wins(bool flag, bool environment, bool file, string store, string hash)
    {
        if (file)
            File.WriteAllText(_home["filestore.json"], """{ "store": "from-file", "hash": "sha512" }""");
        var variables = new Dictionary<string, string>();
        if (environment)
            variables = new() { ["FILESTORE_STORE"] = "from-environment", ["FILESTORE_HASH"] = "MD5" };

        _home.StartWith(variables, flag ? ["--store", "from-flag", "--hash", "sha1"] : []);

        Status("store").Should().Be(_home[store]);
        Status("hash").Should().Be(hash);
        Directory.Exists(_home[store]).Should().BeTrue();
    }

    [Test]
    public void The_environment_names_home_and_configuration()
    {
        Directory.CreateDirectory(_home["files"]);
        File.WriteAllText(_home["files/my.json"], """{ "store": "blobs" }""");
        var variables = new Dictionary<string, string> { ["FILESTORE_HOME"] = "files", ["FILESTORE_CONFIG"] = "my.json" };

        _home.StartWith(variables);

        File.Exists(_home["files/filestore.pid"]).Should().BeTrue();
        File.Exists(_home["files/log/server.log"]).Should().BeTrue();
        _home.RunWith(variables, "status").Output.Should().Contain(_home["files/blobs"]);
        _home.Call("status", "--home", _home["files"]).Output.Should().Contain(_home["files/blobs"]);
    }

    [Test]
    public void A_variable_that_means_nothing_is_warned_of()
    {
        _home.StartWith(new Dictionary<string, string> { ["FILESTORE_MAX_UPLAOD"] = "1" });

        Eventually.Until(() => File.ReadAllText(_home["log/server.log"]).Contains("FILESTORE_MAX_UPLAOD"), "the log warns");
    }

    [Test]
    public void Another_process_does_not_answer_for_the_daemon()
    {
        using var before = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        before.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint($"\0filestore-{Guid.NewGuid():N}"));
        before.Listen(1);
        var daemon = _home.Start();
        using var after = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        after.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint($"\0filestore-{daemon.Pid}"));
        after.Listen(1);

        Status("store").Should().Be(_home["store"]);
    }

    private string Status(string name)
    {
        var result = _home.Call("status");
        result.ExitCode.Should().Be(0, result.Error);
        return result.Output.Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[name.Length..].Trim();
    }
}

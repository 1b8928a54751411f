using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Hosts that the configuration opens to callbacks, and what tokens change.</summary>
[EngineNeutral]
public sealed class CallbackHostStories(string engine) : ExportFixture(engine)
{
    protected override void Prepare(string home)
    {
        base.Prepare(home);
        File.WriteAllText(Path.Join(home, "filestore.json"), """{ "callbackHosts": ["LOCALHOST", "127.0.0.1"] }""");
    }

    [TestCase("localhost", "")]
    [TestCase("localhost", "X-Forwarded-For: 192.0.2.1\r\n")]
    [TestCase("127.0.0.1", "Via: 1.1 proxy\r\n")]
    public void They_are_called_for_everybody(string host, string field)
    {
        Write("a.sql");
        using var trap = Trap.Answering(200);

        Daemon.Ask($"GET {Tar("a.sql", trap.Port, host)} HTTP/1.1\r\nHost: h\r\n{field}\r\n")!.Text.Should().Be("working ...");

        Eventually.Until(() => trap.Requests.Length == 1, "it is called");
        trap.Requests[0].Should().StartWith($"GET /ping?id=A1 HTTP/1.1\r\nHost: {host}:{trap.Port}\r\n");
        Eventually.Until(() => Daemon.LogText.Contains($":{trap.Port}/ping?id=A1 answered 200"), "the work ends");
    }

    [Test]
    public void Hosts_that_only_look_like_them_are_not()
    {
        Write("a.sql");
        using var trap = Trap.Answering(200);

        foreach (var host in (string[])["localhost.", "a.localhost", "[::]"])
            Daemon.Ask($"GET {Tar("a.sql", trap.Port, host)} HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n").ShouldBeProblem(403);

        (trap.Connections, Names().Length).Should().Be((0, 1));
    }

    [Test]
    public async Task Exports_need_a_token_if_tokens_exist_and_callbacks_carry_none()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["dir_1"]);
        await File.WriteAllTextAsync(folder["dir_1/a.sql"], "content");
        var exports = Tokens.Add(folder.Path, "exporter", "exports");
        var others = Tokens.Add(folder.Path, "others", "read,write,delete,jobs,tasks,relay");
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", Engine, "--export", "dir_1");
        using var trap = Trap.Answering(200);
        using var nobody = daemon.NewClient();
        using var other = daemon.NewClient(others);
        using var client = daemon.NewClient(exports);

        foreach (var path in (string[])["/list?dir=dir_1", PathOf("get", "a.sql"), PathOf("delete", "a.sql"), Tar("a.sql", trap.Port)])
        {
            using var unknown = await nobody.GetAsync(path);
            using var refused = await other.GetAsync(path);
            await unknown.ShouldBeProblemAsync(401);
            await refused.ShouldBeProblemAsync(403);
        }

        using var icon = await nobody.GetAsync("/favicon.ico");
        icon.Status().Should().Be(200);
        using var got = await client.GetAsync(PathOf("get", "a.sql"));
        got.Field("Cache-Control").Should().Be("private, no-cache");
        (await client.GetStringAsync(Tar("a.sql", trap.Port))).Should().Be("working ...");
        Eventually.Until(() => trap.Requests.Length == 1, "it is called");
        trap.Requests[0].Should().Be($"GET /ping?id=A1 HTTP/1.1\r\nHost: 127.0.0.1:{trap.Port}\r\nConnection: close\r\n\r\n");
    }
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>nginx with the shipped site, before a daemon that ends connections, or itself.</summary>
[TestFixture]
public sealed class NginxDaemonTests
{
    private static string[] Engines { get; } = ["httplistener", "kestrel"];

    [Test]
    public Task A_client_gets_its_response_after_the_daemon_ended_idle_connections() => Task.WhenAll(Engines.Select(async engine =>
    {
        using var both = new Both(engine);
        using var before = await both.Client.PostAsync("/", new ByteArrayContent([1]));
        await Task.Delay(TimeSpan.FromSeconds(13));
        using var after = await both.Client.PostAsync("/", new ByteArrayContent([1]));

        before.Status().Should().Be(200);
        after.Status().Should().Be(200);
        both.Nginx.Log.Should().NotContain("upstream");
    }));

    [TestCaseSource(nameof(Engines))]
    public async Task A_daemon_that_is_gone_is_a_502_until_it_is_back(string engine)
    {
        using var both = new Both(engine);
        using var stored = await both.Client.PostAsync("/", new ByteArrayContent([1]));
        var file = $"/files/{await stored.TextAsync()}";
        both.Home.Call("stop").ExitCode.Should().Be(0);
        Eventually.Until(() => both.Home.Daemons().Length == 0, "it ends");

        using (var gone = await both.Client.GetAsync(file))
        {
            gone.Status().Should().Be(502);
            gone.Field("Content-Type").Should().Be("application/problem+json");
            (await gone.TextAsync()).Should().Contain("\"status\":502");
        }

        both.Home.Start("--engine", engine, "--port", $"{both.Daemon.Url.Port}");
        (await both.Client.GetByteArrayAsync(file)).Should().Equal(1);
    }

    private sealed class Both : IDisposable
    {
        public Both(string engine)
        {
            Daemon = Home.Start("--engine", engine);
            Nginx = NginxServer.Start(Daemon.Url.Port);
            Client = Nginx.NewClient("1.1");
        }

        public DaemonHome Home { get; } = new();

        public StartedDaemon Daemon { get; }

        public NginxServer Nginx { get; }

        public HttpClient Client { get; }

        public void Dispose()
        {
            Client.Dispose();
            Nginx.Dispose();
            Home.Dispose();
        }
    }
}

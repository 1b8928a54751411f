using System.Diagnostics.Metrics;
using System.Net;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Access;

/// <summary>Which requests the dispatcher lets change something, or run commands, without tokens.</summary>
[TestFixture]
public sealed class ActionOriginTests
{
    private readonly List<string> _done = [];
    private TempFolder _folder;
    private Dispatcher _dispatcher;

    [SetUp]
    public void MakeDispatcher()
    {
        _done.Clear();
        _folder = new TempFolder();
        var log = new LoggedLines().Logger;
        Task Do(Request request)
        {
            _done.Add(request.Exchange.Target);
            return request.RespondAsync(200);
        }

        var routes = new RouteTable(
        [
            new("GET", "/look", Scope.Exports, Do),
            new("GET", "/act", Scope.Exports, Do, HasSideEffects: true),
            new("GET", "/jobs", Scope.Jobs, Do),
            new("POST", "/jobs", Scope.Jobs, Do),
        ]);
        _dispatcher = new Dispatcher(routes, new AccessTokens(_folder["tokens.json"], log, TimeProvider.System), ProgramRoutes.Links, 10, new HttpMetrics(new Meter("FileStore")), new LoggedLines().Access, log);
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("/look", "Sec-Fetch-Site", "cross-site", 200)]
    [TestCase("/act", "Sec-Fetch-Site", "cross-site", 403)]
    [TestCase("/act", "Sec-Fetch-Site", "same-site", 403)]
    [TestCase("/act", "Sec-Fetch-Site", "same-origin", 200)]
    [TestCase("/act", "Sec-Fetch-Site", "none", 200)]
    [TestCase("/act", "Origin", "http://evil.example", 403)]
    [TestCase("/act", "Referer", "http://evil.example/page", 403)]
    [TestCase("/act", "Origin", "null", 403)]
    [TestCase("/act", "Origin", "http://localhost:9000", 200)]
    [TestCase("/act", "User-Agent", "Wget/1.21", 200)]
    public async Task A_page_of_another_site_cannot_have_a_browser_act(string path, string header, string value, int status)
    {
        foreach (var method in (string[])["GET", "HEAD"])
            (await AskAsync(new FakeExchange(method, path).With("Host", "localhost:9000").With(header, value))).Should().Be(status);
        _done.Should().HaveCount(status == 200 ? 2 : 0);
    }

    [TestCase("localhost", null, 200)]
    [TestCase("127.0.0.1:9000", null, 200)]
    [TestCase("[::1]:9000", null, 200)]
    [TestCase("evil.example", null, 403, Description = "a name that was made to lead here")]
    [TestCase("10.0.0.1", null, 403)]
    [TestCase("localhost", "X-Forwarded-For", 403, Description = "a proxy on this machine")]
    [TestCase("localhost", "Via", 403)]
    public async Task Jobs_are_for_this_machine(string host, string? proxyField, int status)
    {
        foreach (var method in (string[])["GET", "POST"])
        {
            var exchange = new FakeExchange(method, "/jobs").With("Host", host);
            (await AskAsync(proxyField is null ? exchange : exchange.With(proxyField, "1.2.3.4"))).Should().Be(status);
        }

        _done.Should().HaveCount(status == 200 ? 2 : 0);
    }

    [Test]
    public async Task Jobs_are_not_for_others_even_if_they_reach_the_daemon()
    {
        (await AskAsync(new FakeExchange("POST", "/jobs") { Client = IPAddress.Parse("10.0.0.9") }.With("Host", "localhost"))).Should().Be(403);
        _done.Should().BeEmpty();
    }

    [Test]
    public async Task With_tokens_it_is_the_token_that_counts()
    {
        using var home = new TokenHome();
        var secret = home.Add("ann", Scope.Jobs);
        var log = new LoggedLines().Logger;
        var routes = new RouteTable([new("POST", "/jobs", Scope.Jobs, request => request.RespondAsync(200))]);
        var dispatcher = new Dispatcher(routes, new AccessTokens(home.Path, log, TimeProvider.System), ProgramRoutes.Links, 10, new HttpMetrics(new Meter("FileStore")), new LoggedLines().Access, log);
        var exchange = new FakeExchange("POST", "/jobs") { Client = IPAddress.Parse("10.0.0.9") }.With("Host", "files.example").With("Authorization", $"Bearer {secret}");

        await dispatcher.HandleAsync(exchange);

        exchange.Status.Should().Be(200);
    }

    private async Task<int> AskAsync(FakeExchange exchange)
    {
        await _dispatcher.HandleAsync(exchange);
        return exchange.Status;
    }
}

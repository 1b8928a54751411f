using System.Diagnostics.Metrics;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

/// <summary>Every route of the program, whichever there are, with every token that should open it or not.</summary>
[TestFixture]
public sealed class RouteAccessTests
{
    private readonly Dictionary<Scope, string> _secrets = [];
    private TokenHome _home;
    private Dispatcher _dispatcher;

    private static IEnumerable<TestCaseData> Closed() =>
        from route in ProgramRoutes.Closed
        from method in route.Method == "GET" ? (string[])["GET", "HEAD"] : [route.Method]
        select new TestCaseData(method, ProgramRoutes.PathOf(route), ScopeNames.Of(route.Scope));

    [OneTimeSetUp]
    public void MakeTokens()
    {
        _home = new TokenHome();
        foreach (var scope in ScopeNames.All)
            _secrets[scope] = _home.Add(ScopeNames.Of(scope), scope);

        // What a route does is no matter here, and some should not be done in passing.
        var table = new RouteTable([.. ProgramRoutes.All.Select(route => route with { Handle = request => request.RespondAsync(200) })]);
        var log = new LoggedLines().Logger;
        _dispatcher = new Dispatcher(table, new AccessTokens(_home.Path, log, TimeProvider.System), ProgramRoutes.Links, 10, new HttpMetrics(new Meter("FileStore")), new LoggedLines().Access, log);
    }

    [OneTimeTearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public void These_are_open_to_everybody() =>
        ProgramRoutes.All.Except(ProgramRoutes.Closed).Select(route => $"{route.Method} {route.Pattern}").Should().BeEquivalentTo("GET /healthz", "GET /favicon.ico");

    [Test]
    public async Task An_open_route_ignores_tokens()
    {
        foreach (var route in ProgramRoutes.All.Except(ProgramRoutes.Closed))
        {
            foreach (var secret in (string?[])[null, TokenHome.Guess(), .. _secrets.Values])
                (await AskAsync(route.Method, ProgramRoutes.PathOf(route), secret)).Status.Should().Be(200);
        }
    }

    [TestCaseSource(nameof(Closed))]
    public async Task Without_a_token_it_is_closed(string method, string path, string scope)
    {
        var answer = await AskAsync(method, path, null);

        answer.Status.Should().Be(401, scope);
        answer.Answer["WWW-Authenticate"].Should().Be("Bearer realm=\"filestore\"");
    }

    [TestCaseSource(nameof(Closed))]
    public async Task A_client_with_an_unknown_token_is_refused(string method, string path, string scope)
    {
        var answer = await AskAsync(method, path, TokenHome.Guess());

        answer.Status.Should().Be(401, scope);
        answer.Answer["WWW-Authenticate"].Should().Be("Bearer realm=\"filestore\", error=\"invalid_token\"");
    }

    [TestCaseSource(nameof(Closed))]
    public async Task With_a_token_of_any_other_scope_it_is_closed(string method, string path, string scope)
    {
        foreach (var (other, secret) in _secrets.Where(token => token.Key != ScopeNames.Find(scope) && token.Key != Scope.Admin))
        {
            var answer = await AskAsync(method, path, secret);

            answer.Status.Should().Be(403, "{0} is not {1}", other, scope);
            answer.Answer["WWW-Authenticate"].Should().Be($"Bearer realm=\"filestore\", error=\"insufficient_scope\", scope=\"{scope}\"");
        }
    }

    [TestCaseSource(nameof(Closed))]
    public async Task With_its_scope_and_with_admin_it_is_open(string method, string path, string scope)
    {
        foreach (var secret in (string[])[_secrets[ScopeNames.Find(scope)!.Value], _secrets[Scope.Admin]])
            (await AskAsync(method, path, secret)).Status.Should().Be(200);
    }

    [TestCase("GET", "/nowhere", 404)]
    [TestCase("PATCH", "/", 405)]
    [TestCase("POST", "/healthz", 405)]
    [TestCase("OPTIONS", "/", 200)]
    [TestCase("OPTIONS", "/healthz", 200)]
    [TestCase("OPTIONS", "*", 200)]
    public async Task A_client_without_a_token_is_not_told_the_paths_and_methods(string method, string path, int status)
    {
        (await AskAsync(method, path, null)).Should().Match<FakeExchange>(answer => answer.Status == 401 && !answer.Answer.ContainsKey("Allow"));
        (await AskAsync(method, path, TokenHome.Guess())).Status.Should().Be(401);
        foreach (var secret in _secrets.Values)
            (await AskAsync(method, path, secret)).Status.Should().Be(status);
    }

    [Test]
    public async Task A_daemon_that_stops_responds_503_before_it_checks_tokens()
    {
        var log = new LoggedLines().Logger;
        var stopping = new Dispatcher(new RouteTable(ProgramRoutes.All), new AccessTokens(_home.Path, log, TimeProvider.System), ProgramRoutes.Links, 10, new HttpMetrics(new Meter("FileStore")), new LoggedLines().Access, log);
        await stopping.DrainAsync();
        var exchange = new FakeExchange();

        await stopping.HandleAsync(exchange);

        exchange.Status.Should().Be(503);
    }

    private async Task<FakeExchange> AskAsync(string method, string path, string? secret)
    {
        var exchange = new FakeExchange(method, path).With("Host", "localhost").With("Authorization", secret is null ? null : $"Bearer {secret}");
        await _dispatcher.HandleAsync(exchange);
        return exchange;
    }
}

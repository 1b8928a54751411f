using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

[TestFixture]
public sealed class RouteTableTests
{
    private static RouteTable Table { get; } = new(
    [
        Route("POST", "/"), Route("GET", "/"), Route("GET", "/files"), Route("POST", "/files"), Route("GET", "/files/{hash}"),
        Route("PUT", "/files/{hash}"), Route("DELETE", "/files/{hash}/parts/{part}"), Route("DELETE", "/trash"),
    ]);

    [TestCase("GET", "/", "GET /")]
    [TestCase("HEAD", "/", "GET /")]
    [TestCase("POST", "/", "POST /")]
    [TestCase("GET", "/files", "GET /files")]
    [TestCase("GET", "/files/abc", "GET /files/{hash}", "abc")]
    [TestCase("HEAD", "/files/abc", "GET /files/{hash}", "abc")]
    [TestCase("GET", "/files/..", "GET /files/{hash}", "..")]
    [TestCase("GET", "/files/%2e%2e%2Fx", "GET /files/{hash}", "../x")]
    [TestCase("PUT", "/files/{hash}", "PUT /files/{hash}", "{hash}")]
    public void A_request_finds_its_route(string method, string path, string expected, string value = "")
    {
        Find(method, path, out var route, out var found, out _).Should().BeTrue();

        $"{route!.Method} {route.Pattern}".Should().Be(expected);
        found.Should().Equal(value.Length == 0 ? [] : [value]);
    }

    [TestCase("/nothing")]
    [TestCase("//")]
    [TestCase("/files/")]
    [TestCase("/files/a/b")]
    [TestCase("/Files")]
    [TestCase("/files%2fabc")]
    [TestCase("/.")]
    [TestCase("/files//parts/1")]
    public void An_unknown_path_has_no_methods(string path)
    {
        Find("GET", path, out var route, out var values, out var allow).Should().BeFalse();

        route.Should().BeNull();
        allow.Should().BeNull();
        values.Should().BeEmpty();
    }

    [TestCase("DELETE", "/", "GET, HEAD, OPTIONS, POST")]
    [TestCase("PATCH", "/files/abc", "GET, HEAD, OPTIONS, PUT")]
    [TestCase("GET", "/trash", "DELETE, OPTIONS")]
    [TestCase("HEAD", "/trash", "DELETE, OPTIONS")]
    [TestCase("get", "/", "GET, HEAD, OPTIONS, POST")]
    [TestCase("OPTIONS", "/", "GET, HEAD, OPTIONS, POST")]
    public void A_method_that_is_not_served_learns_which_are(string method, string path, string expected)
    {
        Find(method, path, out var route, out _, out var allow).Should().BeFalse();

        route.Should().BeNull();
        allow.Should().Be(expected);
    }

    [Test]
    public void The_whole_table_allows_what_any_path_does() => Table.AllowAnywhere.Should().Be("DELETE, GET, HEAD, OPTIONS, POST, PUT");

    [TestCase(0)]
    [TestCase((int)(Scope.Read | Scope.Write))]
    [TestCase((int)(Scope.Read | Scope.Anyone))]
    [TestCase(512)]
    [TestCase(-1)]
    public void A_route_that_does_not_say_which_scope_it_needs_is_no_route(int needs)
    {
        Route[] routes = [Route("GET", "/"), Route("POST", "/") with { Scope = (Scope)needs }];

        FluentActions.Invoking(() => new RouteTable(routes)).Should().Throw<ArgumentException>().WithMessage("*POST /*");
    }

    private static bool Find(string method, string path, out Route? route, out string[] values, out string? allow) =>
        Table.TryFind(method, RequestTarget.Parse(path).Segments, out route, out values, out allow);

    private static Route Route(string method, string pattern) => new(method, pattern, Scope.Read, _ => Task.CompletedTask);
}

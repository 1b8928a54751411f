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
    public void A_method_that_is_not_served_finds_no_route_but_the_allowed_methods(string method, string path, string expected)
    {
        Find(method, path, out var route, out _, out var allow).Should().BeFalse();

        route.Should().BeNull();
        allow.Should().Be(expected);
    }

    [Test]
    public void The_whole_table_allows_the_methods_of_all_its_paths() => Table.AllowAnywhere.Should().Be("DELETE, GET, HEAD, OPTIONS, POST, PUT");

    [TestCase(0)]
    [TestCase((int)(Scope.Read | Scope.Write))]
    [TestCase((int)(Scope.Read | Scope.Anyone))]
    [TestCase(512)]
    [TestCase(-1)]
    public void A_route_that_does_not_name_one_known_scope_is_refused(int needs)
    {
        Route[] routes = [Route("GET", "/"), Route("POST", "/") with { Scope = (Scope)needs }];

        FluentActions.Invoking(() => new RouteTable(routes)).Should().Throw<ArgumentException>().WithMessage("*POST /*");
    }

    [TestCase("/space/a", "a")]
    [TestCase("/space/a/b.txt", "a/b.txt")]
    [TestCase("/space/a//b/", "a//b/")]
    [TestCase("/space/", "")]
    [TestCase("/space/a%2Fb/%D0%B6", "a/b/ж")]
    public void A_rest_of_path_parameter_takes_the_rest_with_its_slashes(string path, string rest)
    {
        var table = new RouteTable([Route("GET", "/space/{**key}")]);

        table.TryFind("GET", RequestTarget.Parse(path).Segments, out _, out var values, out _).Should().BeTrue();

        values.Should().Equal(rest);
    }

    [Test]
    public void A_rest_of_path_parameter_needs_the_slash_before_it()
    {
        var table = new RouteTable([Route("GET", "/space/{**key}")]);

        table.TryFind("GET", RequestTarget.Parse("/space").Segments, out _, out _, out var allow).Should().BeFalse();

        allow.Should().BeNull();
    }

    [TestCase("/r/info", "/r/info")]
    [TestCase("/r/x", "/r/{id}", "x")]
    [TestCase("/r/x/locks", "/r/{id}/locks", "x")]
    [TestCase("/r/x/locks/7", "/r/{id}/locks/{lock}", "x", "7")]
    [TestCase("/r/x/y", "/r/{**rest}", "x/y")]
    [TestCase("/r/info/locks", "/r/{id}/locks", "info")]
    [TestCase("/r/info/z", "/r/{**rest}", "info/z")]
    [TestCase("/r/", "/r/{**rest}", "")]
    public void The_most_specific_pattern_is_preferred_whatever_the_order(string path, string pattern, params string[] values)
    {
        Route[] routes =
        [
            Route("GET", "/r/{**rest}"), Route("GET", "/r/{id}/locks/{lock}"), Route("GET", "/r/{id}/locks"), Route("GET", "/r/{id}"), Route("GET", "/r/info"),
        ];
        foreach (var table in (RouteTable[])[new(routes), new([.. routes.Reverse()])])
        {
            table.TryFind("GET", RequestTarget.Parse(path).Segments, out var route, out var found, out _).Should().BeTrue();

            route!.Pattern.Should().Be(pattern);
            found.Should().Equal(values);
        }
    }

    [Test]
    public void A_path_may_have_a_head_and_an_options_route_of_its_own()
    {
        var table = new RouteTable([Route("GET", "/x"), Route("HEAD", "/x"), Route("OPTIONS", "/x"), Route("HEAD", "/only")]);

        foreach (var method in (string[])["GET", "HEAD", "OPTIONS"])
        {
            table.TryFind(method, ["x"], out var route, out _, out var allow).Should().BeTrue();
            route!.Method.Should().Be(method);
            allow.Should().Be("GET, HEAD, OPTIONS");
        }

        table.TryFind("GET", ["only"], out _, out _, out var others).Should().BeFalse();
        others.Should().Be("HEAD, OPTIONS");
    }

    [TestCase("/x/{a}", "/x/{b}", "GET /x/{b} is the path of /x/{a} too")]
    [TestCase("/x", "/x", "GET /x is the path of /x too")]
    [TestCase("/{**a}", "/{**b}", "GET /{**b} is the path of /{**a} too")]
    [TestCase("/y", "/{**a}/b", "/{**a}/b: {**a} has to be the last segment")]
    public void A_table_refuses_patterns_that_cannot_be(string one, string other, string complaint) =>
        FluentActions.Invoking(() => new RouteTable([Route("GET", one), Route("GET", other)])).Should().Throw<ArgumentException>().WithMessage(complaint);

    [Test]
    public void A_long_path_is_searched_no_deeper_than_the_patterns()
    {
        var table = new RouteTable([Route("GET", "/a/{b}/{**rest}")]);
        var path = "/" + string.Join('/', Enumerable.Repeat("a", 30_000));

        table.TryFind("GET", RequestTarget.Parse(path).Segments, out _, out var values, out _).Should().BeTrue();

        values[1].Length.Should().Be(path.Length - "/a/a/".Length);
    }

    private static bool Find(string method, string path, out Route? route, out string[] values, out string? allow) =>
        Table.TryFind(method, RequestTarget.Parse(path).Segments, out route, out values, out allow);

    private static Route Route(string method, string pattern) => new(method, pattern, Scope.Read, _ => Task.CompletedTask);
}

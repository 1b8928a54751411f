using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

/// <summary>Each route says which parameters it takes, in the table; a route that forgets to gets none.</summary>
[TestFixture]
public sealed class RouteParametersTests
{
    // Plain downloads, whose links collect parameters, and what is asked by monitors and browsers on their own account.
    private static readonly string[] Lenient = ["GET /", "GET /files/{hash}", "GET /names/{**name}", "GET /get", "GET /healthz", "GET /metrics", "GET /favicon.ico"];

    private static IEnumerable<Route> Strict => ProgramRoutes.All.Where(route => !Lenient.Contains($"{route.Method} {route.Pattern}"));

    [Test]
    public void Only_plain_downloads_and_probes_pass_over_unknown_parameters()
    {
        Strict.Should().OnlyContain(route => !route.IgnoresUnknownParameters).And.NotBeEmpty();
        ProgramRoutes.All.Except(Strict).Should().OnlyContain(route => route.IgnoresUnknownParameters).And.HaveCount(Lenient.Length);
    }

    [Test]
    public void An_unknown_parameter_is_refused()
    {
        foreach (var route in Strict)
        {
            foreach (var query in (string[])["sufix=x", "=x", "sufix", "Dir=x", "dir%20=x"])
            {
                var known = route.Parameters is { Length: > 0 } names ? $"{names[0]}=a&" : "";
                Refusal(route, $"?{known}{query}").Should().Contain("is not known", $"{route.Method} {route.Pattern} gets {query}");
            }
        }
    }

    [Test]
    public void A_parameter_that_is_given_twice_is_refused()
    {
        foreach (var route in ProgramRoutes.All)
        {
            foreach (var name in route.Parameters ?? [])
            {
                Refusal(route, $"?{name}=a").Should().BeNull();
                foreach (var query in (string[])[$"?{name}=a&{name}=a", $"?{name}=a&{name}", $"?{name}&%{(int)name[0]:x}{name[1..]}=b"])
                    Refusal(route, query).Should().Be($"the parameter {name} is given twice", $"{route.Method} {route.Pattern} gets {query}");
            }
        }
    }

    [Test]
    public void The_refusal_says_what_is_known()
    {
        Refusal(Route("a"), "?x=1").Should().Be("the parameter 'x' is not known; a is");
        Refusal(Route("a", "b", "c"), "?x=1").Should().Be("the parameter 'x' is not known; a, b and c are");
        Refusal(Route(), "?x=1").Should().Be("the parameter 'x' is not known; this takes none");
        Refusal(Route("a"), $"?{new string('x', 5000)}=1").Should().StartWith("the parameter 'xxx").And.Match(text => text.Length < 200);
    }

    private static Route Route(params string[] parameters) => new("GET", "/x", Scope.Read, _ => Task.CompletedTask, Parameters: parameters);

    private static string? Refusal(Route route, string query)
    {
        try
        {
            route.RequireParameters(RequestTarget.Parse($"/{query}"));
            return null;
        }
        catch (ProblemException e)
        {
            e.Problem.Status.Should().Be(400);
            return e.Problem.Detail;
        }
    }
}

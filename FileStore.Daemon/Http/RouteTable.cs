using System.Diagnostics.CodeAnalysis;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http;

/// <summary>One kind of request, and what handles it.</summary>
/// <param name="Method">The method; GET brings HEAD along.</param>
/// <param name="Pattern">The path; a segment in braces takes any value.</param>
/// <param name="Scope">What a token has to allow for it, where there are tokens.</param>
/// <param name="Handle">Answers it.</param>
/// <param name="BypassesLimit">Asks whether the daemon works: it is answered however much there is to do.</param>
/// <param name="LocalOnly">Is for clients on this machine alone.</param>
/// <param name="HasSideEffects">Changes something although GET does not; every other method is taken to do so.</param>
/// <param name="Parameters">The parameters of the query that it takes; none if it is null.</param>
/// <param name="IgnoresUnknownParameters">Whether parameters that it does not take are let be, as links collect them.</param>
internal sealed record Route(
    string Method, string Pattern, Scope Scope, Func<Request, Task> Handle, bool BypassesLimit = false, bool LocalOnly = false, bool HasSideEffects = false,
    string[]? Parameters = null, bool IgnoresUnknownParameters = false)
{
    private const int LongestShown = 100;

    /// <exception cref="ProblemException">400: a parameter is unknown, or given twice, so that it is not clear what is meant.</exception>
    internal void RequireParameters(RequestTarget target)
    {
        var known = Parameters ?? [];
        var seen = 0UL;
        foreach (var (name, _) in target.Parameters)
        {
            var index = Array.IndexOf(known, name);
            if (index < 0 && !IgnoresUnknownParameters)
                throw Refusal($"the parameter '{ShortText.Shown(name, LongestShown)}' is not known; {Listed(known)}");
            if (index >= 0 && (seen & (1UL << index)) != 0)
                throw Refusal($"the parameter {name} is given twice");
            if (index >= 0)
                seen |= 1UL << index;
        }
    }

    private static string Listed(string[] known) => known switch
    {
        [] => "this takes none",
        [var only] => $"{only} is",
        [.. var others, var last] => $"{string.Join(", ", others)} and {last} are",
    };

    private static ProblemException Refusal(string detail) => new(Problem.BadRequest(detail));
}

/// <summary>Finds the route of a request. From the table alone come 404, 405 with Allow, OPTIONS and HEAD.</summary>
internal sealed class RouteTable
{
    private readonly List<(string[] Pattern, Dictionary<string, Route> Methods, string Allow)> _paths = [];

    /// <exception cref="ArgumentException">A route does not say who may use it.</exception>
    internal RouteTable(IReadOnlyCollection<Route> routes)
    {
        All = routes;
        if (routes.FirstOrDefault(route => !Enum.IsDefined(route.Scope)) is { } open)
            throw new ArgumentException($"the route {open.Method} {open.Pattern} needs one scope, not '{open.Scope}'", nameof(routes));
        foreach (var path in routes.GroupBy(route => route.Pattern))
        {
            var methods = path.ToDictionary(route => route.Method, StringComparer.Ordinal);
            if (methods.TryGetValue("GET", out var get))
                methods.Add("HEAD", get);
            _paths.Add((path.Key[1..].Split('/'), methods, Allowed(methods.Keys)));
        }

        AllowAnywhere = Allowed(_paths.SelectMany(path => path.Methods.Keys).Distinct());
    }

    /// <summary>The routes, as they were given.</summary>
    internal IReadOnlyCollection<Route> All { get; }

    /// <summary>Every method that is served somewhere, for <c>OPTIONS *</c>.</summary>
    internal string AllowAnywhere { get; }

    /// <summary>Finds the route, or what to answer without one.</summary>
    /// <param name="method">The request's method; methods are case-sensitive (RFC 9110, 9.1).</param>
    /// <param name="segments">The request's path.</param>
    /// <param name="route">The route, if there is one.</param>
    /// <param name="value">What stood in the place of the pattern's braces.</param>
    /// <param name="allow">The methods served on this path; null if the path is unknown.</param>
    internal bool TryFind(string method, string[] segments, [NotNullWhen(true)] out Route? route, out string value, out string? allow)
    {
        foreach (var path in _paths)
        {
            if (!Matches(path.Pattern, segments, out value))
                continue;
            allow = path.Allow;
            return path.Methods.TryGetValue(method, out route);
        }

        (route, value, allow) = (null, "", null);
        return false;
    }

    private static bool Matches(string[] pattern, string[] segments, out string value)
    {
        value = "";
        if (pattern.Length != segments.Length)
            return false;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i].StartsWith('{') && segments[i].Length > 0)
                value = segments[i];
            else if (pattern[i] != segments[i])
                return false;
        }

        return true;
    }

    private static string Allowed(IEnumerable<string> methods) =>
        string.Join(", ", methods.Append("OPTIONS").Order(StringComparer.Ordinal));
}

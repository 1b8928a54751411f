using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http;

/// <summary>A method and a path, and the handler of requests for them.</summary>
/// <param name="Method">The method. GET answers HEAD too, unless the path has a route of its own for HEAD.</param>
/// <param name="Pattern">
/// The path. <c>{name}</c> takes one segment that is not empty; <c>{**name}</c>, as the last segment, takes the rest of the
/// path with its slashes, which may be empty.
/// </param>
/// <param name="Scope">The scope that a token needs, where there are tokens.</param>
/// <param name="Handle">Handles a request.</param>
/// <param name="BypassesLimit">Whether it is served however many requests are running: it asks whether the daemon works.</param>
/// <param name="LocalOnly">Whether it is for clients on this machine alone.</param>
/// <param name="HasSideEffects">Whether GET changes something; every other method is taken to do so.</param>
/// <param name="Parameters">The query parameters that it takes; none if it is null.</param>
/// <param name="IgnoresUnknownParameters">Whether it ignores other query parameters, as links collect them, or refuses them.</param>
internal sealed record Route(
    string Method, string Pattern, Scope Scope, Func<Request, Task> Handle, bool BypassesLimit = false, bool LocalOnly = false, bool HasSideEffects = false,
    string[]? Parameters = null, bool IgnoresUnknownParameters = false)
{
    private const int LongestShown = 100;

    /// <summary>The headers and checks that differ between kinds of routes.</summary>
    internal RoutePolicy Policy { get; init; } = RoutePolicy.Default;

    /// <summary>Turns a failure of the handler into a response; null for failures that it does not know.</summary>
    internal Func<Exception, Problem?> Map { get; init; } = _ => null;

    /// <summary>The names in the pattern's braces, in their order.</summary>
    internal string[] PathParameters { get; } =
        [.. Pattern.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}', '*'))];

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

using System.Text;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http;

/// <summary>A request that is being handled, with the ways to respond to it.</summary>
/// <param name="exchange">The exchange that carries it.</param>
/// <param name="id">Identifies it in the response and in the log.</param>
internal sealed class Request(IHttpExchange exchange, string id)
{
    internal IHttpExchange Exchange { get; } = exchange;

    internal string Id { get; } = id;

    /// <summary>The path and the query, once they are parsed.</summary>
    internal RequestTarget? Target { get; set; }

    /// <summary>Its route; null while it has none.</summary>
    internal Route? Route { get; set; }

    /// <summary>The values of the route's path parameters, in their order.</summary>
    internal string[] PathValues { get; set; } = [];

    /// <summary>Its access token; null where the daemon has no tokens.</summary>
    internal AccessToken? Credentials { get; set; }

    /// <summary>The name of its access token; null where the daemon has no tokens.</summary>
    internal string? Token => Credentials?.Name;

    /// <summary>Whether it counts among the concurrent requests.</summary>
    internal bool HoldsSlot { get; set; }

    internal RoutePolicy Policy => Route?.Policy ?? RoutePolicy.Default;

    internal bool IsHead => Exchange.Method == "HEAD";

    /// <summary>Requires a scope beside that of the route.</summary>
    /// <exception cref="ProblemException">403: the access token lacks it.</exception>
    internal void RequireScope(Scope scope)
    {
        if (Credentials is { } token && !token.Allows(scope))
            throw new ProblemException(Problem.InsufficientScope(token.Name, ScopeNames.Of(scope)));
    }

    internal string? Header(string name) => Exchange.Header(name);

    internal string? Query(string name) => Target?.Query(name);

    /// <summary>The value of a path parameter, decoded.</summary>
    /// <param name="name">Its name in the route's pattern.</param>
    internal string PathValue(string name) => PathValues[Array.IndexOf(Route!.PathParameters, name)];

    /// <summary>Responds without a body.</summary>
    internal Task RespondAsync(int status) => RespondAsync(status, null, default);

    internal Task RespondTextAsync(int status, string text) =>
        RespondAsync(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    internal Task RespondProblemAsync(Problem problem)
    {
        foreach (var (name, value) in problem.Headers)
            Exchange.SetHeader(name, value);
        return RespondAsync(problem.Status, Problem.ContentType, problem.ToJson(Id), problem.Reason, "no-store");
    }

    /// <summary>Responds with a body that is in memory; to HEAD, with the headers alone.</summary>
    /// <param name="status">The status.</param>
    /// <param name="contentType">The body's media type; null if it has none.</param>
    /// <param name="body">The body.</param>
    /// <param name="reason">The reason phrase; null for the status's own.</param>
    /// <param name="cacheControl">Cache-Control; null for that of the route's policy.</param>
    internal async Task RespondAsync(int status, string? contentType, ReadOnlyMemory<byte> body, string? reason = null, string? cacheControl = null)
    {
        Exchange.Status = status;
        Exchange.SetHeader("Cache-Control", cacheControl ?? Policy.CacheControl);
        if (reason is not null)
            Exchange.SetReason(reason);
        if (contentType is not null)
            Exchange.SetHeader("Content-Type", contentType);
        Exchange.ResponseLength = body.Length;
        if (!IsHead && body.Length > 0)
            await Exchange.WriteAsync(body);
    }
}

using System.Text;

namespace FileStore.Daemon.Http;

/// <summary>A request on its way to its endpoint, with the ways to answer it.</summary>
/// <param name="exchange">The exchange that carries it.</param>
/// <param name="id">Its name in the answer and in the log.</param>
internal sealed class Request(IHttpExchange exchange, string id)
{
    internal IHttpExchange Exchange { get; } = exchange;

    internal string Id { get; } = id;

    /// <summary>The query, once the target has been parsed.</summary>
    internal RequestTarget? Target { get; set; }

    /// <summary>The route that it took; null if there is none for it.</summary>
    internal Route? Route { get; set; }

    /// <summary>What stood in the place of the braces in the route's pattern.</summary>
    internal string PathValue { get; set; } = "";

    /// <summary>The name of the access token that it came with; null where there are none.</summary>
    internal string? Token { get; set; }

    /// <summary>Whether it counts among those that are handled at the same time.</summary>
    internal bool HoldsSlot { get; set; }

    internal bool IsHead => Exchange.Method == "HEAD";

    internal string? Header(string name) => Exchange.Header(name);

    internal string? Query(string name) => Target?.Query(name);

    /// <summary>Answers without a body.</summary>
    internal Task RespondAsync(int status) => RespondAsync(status, null, default);

    internal Task RespondTextAsync(int status, string text) =>
        RespondAsync(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    internal Task RespondProblemAsync(Problem problem)
    {
        foreach (var (name, value) in problem.Headers)
            Exchange.SetHeader(name, value);
        Exchange.SetHeader("Cache-Control", "no-store");
        return RespondAsync(problem.Status, Problem.ContentType, problem.ToJson(Id), problem.Reason);
    }

    /// <summary>Answers with a body that is in memory; for HEAD, with its head alone.</summary>
    internal async Task RespondAsync(int status, string? contentType, ReadOnlyMemory<byte> body, string? reason = null)
    {
        Exchange.Status = status;
        if (reason is not null)
            Exchange.SetReason(reason);
        if (contentType is not null)
            Exchange.SetHeader("Content-Type", contentType);
        Exchange.ResponseLength = body.Length;
        if (!IsHead && body.Length > 0)
            await Exchange.WriteAsync(body);
    }
}

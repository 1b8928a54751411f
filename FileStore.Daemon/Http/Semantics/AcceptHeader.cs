using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Which form of a response the client prefers (RFC 9110, 12.5.1).</summary>
internal static class AcceptHeader
{
    /// <summary>Whether the client names JSON, and does not like plain text better.</summary>
    internal static bool PrefersJson(Request request)
    {
        if (request.Header("Accept") is not { } accept || !MediaTypeHeaderValue.TryParseList([accept], out var ranges))
            return false;
        var json = Quality(ranges, "application/json");
        return json > 0 && json >= Quality(ranges, "text/plain");
    }

    private static double Quality(IList<MediaTypeHeaderValue> ranges, string type) =>
        ranges.FirstOrDefault(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)) is { } match ? match.Quality ?? 1 : 0;
}

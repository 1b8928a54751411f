using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Content codings are not decoded: bodies that are parsed, not only stored, must come without one.</summary>
internal static class ContentCoding
{
    /// <summary>Rejects a body with a content coding, such as compression.</summary>
    /// <exception cref="ProblemException">415: it has one (RFC 9110, 8.4 and 15.5.16).</exception>
    internal static void RequireNone(Request request)
    {
        if (request.Header("Content-Encoding") is { } codings
            && HeadRules.ListElements(codings).Any(coding => coding.Length > 0 && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ProblemException(Problem.UnsupportedType(
                "the body should be sent without a Content-Encoding", ("Accept-Encoding", "identity")));
        }
    }
}

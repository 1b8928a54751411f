using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>What is read, and not only kept, has to come as it is: no content coding is decoded here.</summary>
internal static class ContentCoding
{
    /// <summary>Refuses a body that is compressed or coded in another way.</summary>
    /// <exception cref="ProblemException">415: it is (RFC 9110, 8.4 and 15.5.16).</exception>
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

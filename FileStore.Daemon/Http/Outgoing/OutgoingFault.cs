using System.Security.Authentication;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>What went wrong with a request of ours to others.</summary>
/// <param name="Status">What a gateway says of it: 502, or 504 where it took too long (RFC 9110, 15.6).</param>
/// <param name="Reason">What the other side did, as the end of a sentence. It tells nothing of where that is.</param>
internal sealed record OutgoingFault(int Status, string Reason)
{
    /// <summary>Whether an exception is of this kind: the connection's, and not ours.</summary>
    internal static bool IsOutgoingFault(Exception e) => e is HttpRequestException or IOException or OperationCanceledException;

    internal static OutgoingFault Of(Exception e) => (e, (e as HttpRequestException)?.HttpRequestError) switch
    {
        (OperationCanceledException, _) => new(504, "could not be connected to in time"),
        (_, HttpRequestError.NameResolutionError) => new(502, "has a name that leads to no address"),
        (_, HttpRequestError.ConnectionError) => new(502, "cannot be reached"),
        ({ InnerException: AuthenticationException }, _) => new(502, "has a certificate that is not trusted, or no TLS that we speak"),
        (_, HttpRequestError.SecureConnectionError) => new(502, "ended the connection while it was secured"),
        (_, HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded) => new(502, "answered with something that is no HTTP"),
        _ => new(502, "ended the connection without a whole answer"),
    };

    /// <summary>The library passes over a length that is none, and would take a cut body for a whole one (RFC 9112, 6.3).</summary>
    /// <exception cref="HttpRequestException">The answer has such a length.</exception>
    internal static void RequireValidLength(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentLength is null && response.Content.Headers.NonValidated.Contains("Content-Length"))
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "its Content-Length is no number");
    }

    /// <summary>The answer to a client for whom the request was made.</summary>
    /// <param name="clientSubject">The other side, as the client is told.</param>
    /// <param name="logSubject">The other side, and what was to be done there, as the log is told.</param>
    /// <param name="cause">What happened.</param>
    internal ProblemException ToProblem(string clientSubject, string logSubject, Exception? cause) => new(
        new Problem(Status, $"{clientSubject} {Reason}"),
        new HttpRequestException($"{logSubject} {Reason}{(cause is null ? "" : $" ({Printable(cause.GetBaseException().Message)})")}", cause));

    /// <summary>What strangers have written, as a piece of one line that shows what it is.</summary>
    internal static string Printable(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => DeceptiveText.IsDeceptive(rune) ? " " : rune.ToString())).Trim();
}

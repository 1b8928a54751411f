using System.Security.Authentication;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>A failure of an outgoing request.</summary>
/// <param name="Status">The status that a gateway returns for it: 502, or 504 after a timeout (RFC 9110, 15.6).</param>
/// <param name="Reason">What the peer did, as the end of a sentence. It does not say where the peer is.</param>
internal sealed record OutgoingFault(int Status, string Reason)
{
    /// <summary>Whether an exception comes from the connection.</summary>
    internal static bool IsOutgoingFault(Exception e) => e is HttpRequestException or IOException or OperationCanceledException;

    internal static OutgoingFault Of(Exception e) => (e, (e as HttpRequestException)?.HttpRequestError) switch
    {
        (OperationCanceledException, _) => new(504, "did not accept a connection in time"),
        (_, HttpRequestError.NameResolutionError) => new(502, "has a name that does not resolve"),
        (_, HttpRequestError.ConnectionError) => new(502, "cannot be reached"),
        ({ InnerException: AuthenticationException }, _) => new(502, "has an untrusted certificate, or no compatible TLS version"),
        (_, HttpRequestError.SecureConnectionError) => new(502, "closed the connection during the TLS handshake"),
        (_, HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded) => new(502, "sent a response that is not HTTP"),
        _ => new(502, "closed the connection before the response was complete"),
    };

    /// <summary>
    /// Rejects an invalid Content-Length. HttpClient ignores it and would take a truncated body for a complete one (RFC
    /// 9112, 6.3).
    /// </summary>
    /// <exception cref="HttpRequestException">The length is invalid.</exception>
    internal static void RequireValidLength(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentLength is null && response.Content.Headers.NonValidated.Contains("Content-Length"))
            throw new HttpRequestException(HttpRequestError.InvalidResponse, "its Content-Length is not a number");
    }

    /// <summary>Makes the response to the client for whom the request was made.</summary>
    /// <param name="clientSubject">The subject of the sentence for the client: the peer.</param>
    /// <param name="logSubject">The subject of the sentence for the log: the operation and the peer.</param>
    /// <param name="cause">The exception.</param>
    internal ProblemException ToProblem(string clientSubject, string logSubject, Exception? cause) => new(
        new Problem(Status, $"{clientSubject} {Reason}"),
        new HttpRequestException($"{logSubject} {Reason}{(cause is null ? "" : $" ({Printable(cause.GetBaseException().Message)})")}", cause));

    /// <summary>Makes untrusted text fit for one line, without deceptive characters.</summary>
    internal static string Printable(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => DeceptiveText.IsDeceptive(rune) ? " " : rune.ToString())).Trim();
}

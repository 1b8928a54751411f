using System.Text.Json;
using FileStore.Core.Blobs;
using FileStore.Core.Index;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Engines;
using Microsoft.AspNetCore.WebUtilities;

namespace FileStore.Daemon.Http;

/// <summary>A response with a status of 400 or more, in the form of RFC 9457.</summary>
/// <param name="Status">The status.</param>
/// <param name="Detail">One or two sentences: what was wrong, and what would be right.</param>
/// <param name="Headers">Headers that go with this status.</param>
internal sealed record Problem(int Status, string Detail, params (string Name, string Value)[] Headers)
{
    internal const string ContentType = "application/problem+json; charset=utf-8";

    /// <summary>Writes further members of the body (RFC 9457, 3.2); null for none.</summary>
    internal Action<Utf8JsonWriter>? WriteMembers { get; init; }

    /// <summary>A reason phrase for programs that look for it; null for the status's own.</summary>
    internal string? Reason { get; private init; }

    private static readonly JsonWriterOptions Writing = new() { Encoder = JsonText.Plain };

    internal static Problem BadRequest(string detail) => new(400, detail);

    /// <summary>The same with the detail as the reason phrase, too.</summary>
    internal static Problem BadRequestWithReason(string detail) => new(400, detail) { Reason = detail };

    /// <param name="schemes">The schemes that the client may use.</param>
    /// <param name="isUnknown">Whether a token came that is not known.</param>
    internal static Problem Unauthorized(IReadOnlyList<AuthenticationScheme> schemes, bool isUnknown) => new(401,
        isUnknown ? "unknown access token" : "authentication required: send Authorization: Bearer TOKEN",
        ("WWW-Authenticate", string.Join(", ", schemes.Select(scheme =>
            scheme.Challenge(isUnknown && scheme == AuthenticationScheme.Bearer ? ", error=\"invalid_token\"" : ""))))); // RFC 6750, 3

    internal static Problem Forbidden(string detail) => new(403, detail);

    internal static Problem InsufficientScope(string token, string scope) =>
        new(403, $"the access token '{token}' does not have the scope {scope}, which this takes",
            ("WWW-Authenticate", AuthenticationScheme.Bearer.Challenge($", error=\"insufficient_scope\", scope=\"{scope}\"")));

    internal static Problem NotFound(string detail) => new(404, detail);

    internal static Problem MethodNotAllowed(string method, string allow) =>
        new(405, $"method {method} not allowed; use {allow}", ("Allow", allow));

    /// <summary>A file of this machine exists, but reading it fails.</summary>
    internal static Problem Unreadable() => new(503, "the file cannot be read at the moment", ("Retry-After", "10"));

    internal static Problem Conflict(string detail) => new(409, detail);

    internal static Problem PreconditionFailed(string detail) => new(412, detail);

    internal static Problem TooLarge(long limit) => new(413, $"an upload may have {limit} bytes at most (option --max-upload)");

    internal static Problem UnsupportedType(string detail, params (string Name, string Value)[] fields) => new(415, detail, fields);

    internal static Problem RangeNotSatisfiable(long length) =>
        new(416, $"the range lies outside the {length} bytes of the file",
            ("Content-Range", $"bytes */{length}"), ("Accept-Ranges", "bytes"));

    internal static Problem Unprocessable(string detail) => new(422, detail);

    internal static Problem Busy(string detail) => new(503, detail, ("Retry-After", "1"));

    internal static Problem Draining() => new(503, "the daemon is stopping", ("Retry-After", "5"));

    /// <summary>Tells a load balancer that nothing can be stored, whatever the reason.</summary>
    internal static Problem Unhealthy(BlobStoreException failure) =>
        new(503, $"nothing can be stored: {For(failure)?.Detail ?? "the store's device fails"}", ("Retry-After", "10"));

    /// <summary>The response to a failure of the protocol or of the store; null for any other.</summary>
    internal static Problem? For(Exception e) => e switch
    {
        ProblemException known => known.Problem,
        BadHeadException bad => new(bad.Status, bad.Message),
        BodyCutException => BadRequest(e.Message),
        LimitExceededException limit => TooLarge(limit.Limit),
        DigestMismatchException => BadRequest($"nothing was stored: {e.Message}"),
        BlobStoreException { Fault: DiskFault.NoSpace } => new(507, "the disk under the store is full"),
        BlobStoreException { Fault: DiskFault.FileTooLarge } => new(413, "the system lets the daemon write no file of this size (RLIMIT_FSIZE, LimitFSIZE= of systemd, or the file system's own limit); nothing was stored"),
        BlobStoreException { Fault: DiskFault.Denied } => new(503, "the store is read-only at the moment", ("Retry-After", "60")),
        BlobStoreException { Fault: DiskFault.Unavailable } => new(503, "the store is not available at the moment", ("Retry-After", "10")),
        IndexException { IsDamaged: true } => new(503, "the index of names is damaged: `filestore index check` says what to do; files are served by their hash", ("Retry-After", "60")),
        IndexException { Fault: DiskFault.NoSpace } => new(507, "the disk under the index of names is full"),
        IndexException { Fault: DiskFault.Denied } => new(503, "the index of names is read-only at the moment", ("Retry-After", "60")),
        IndexException { Fault: DiskFault.Unavailable } => new(503, "the index of names is not available at the moment, or another process has locked it", ("Retry-After", "10")),
        _ => null,
    };

    /// <summary>The response to an unexpected failure: where to look, and nothing of the inside.</summary>
    internal static Problem InternalError(string requestId) =>
        new(500, $"internal error; see the daemon's log, request {requestId}");

    /// <summary>The response's body.</summary>
    internal byte[] ToJson(string? requestId)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", Title(Status));
            json.WriteNumber("status", Status);
            json.WriteString("detail", Detail);
            if (requestId is not null)
                json.WriteString("request_id", requestId);
            WriteMembers?.Invoke(json);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n'); // for people at a terminal
        return buffer.ToArray();
    }

    /// <summary>The status in words, where RFC 9110 has found better ones since the library was written.</summary>
    internal static string Title(int status) => status switch
    {
        413 => "Content Too Large",
        416 => "Range Not Satisfiable",
        422 => "Unprocessable Content",
        _ => ReasonPhrases.GetReasonPhrase(status),
    };
}

/// <summary>Ends the handling of a request with a problem, from code that does not respond itself.</summary>
/// <param name="problem">The response.</param>
/// <param name="cause">The cause, which the log gets; null if the problem says it all.</param>
internal sealed class ProblemException(Problem problem, Exception? cause = null) : Exception(problem.Detail, cause)
{
    internal Problem Problem { get; } = problem;
}

using FileStore.Core.Index;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Features.Names;

/// <summary>Reads the names that a request names: in its path below <c>/names/</c>, and in its query.</summary>
internal static class NameParameters
{
    private const int MaxTypeLength = 255;

    // What clients send for a file of any type, or for a form.
    private static readonly string[] NoTypes = ["application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data"];

    /// <summary>Whether the path is that of a folder, or of the top.</summary>
    internal static bool IsFolder(Request request) => Path(request) is "" or [.., '/'];

    /// <exception cref="ProblemException">400: the path is not a name.</exception>
    internal static BlobName Name(Request request) => Parse("the name", Path(request));

    /// <summary>The folder of the path, with a slash at its end; empty for the top.</summary>
    /// <exception cref="ProblemException">400: the path is not a folder.</exception>
    internal static string Folder(Request request) => ParseFolder("the folder", Path(request));

    /// <exception cref="ProblemException">400: it is not a name.</exception>
    internal static BlobName Parse(string subject, string text) => BlobName.TryParse(text, out var name, out var fault)
        ? name
        : throw new ProblemException(Problem.BadRequest($"{subject} {fault}"));

    /// <exception cref="ProblemException">400: it is not a folder.</exception>
    internal static string ParseFolder(string subject, string text) => BlobName.TryParseFolder(text, out var folder, out var fault)
        ? folder
        : throw new ProblemException(Problem.BadRequest($"{subject} {fault}"));

    /// <summary>The media type that a name gets: the client's, or that of the extension if the client sent none that says anything.</summary>
    /// <param name="contentType">The client's; null if it sent none.</param>
    /// <param name="name">The name.</param>
    internal static string TypeOf(string? contentType, BlobName name) =>
        contentType is { Length: <= MaxTypeLength } && MediaTypeHeaderValue.TryParse(contentType, out var type) && !type.MatchesAllTypes && !type.MatchesAllSubTypes
            && !NoTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase) && contentType.All(char.IsAscii)
            ? contentType.Trim()
            : MediaTypes.Of(name.LastSegment);

    /// <summary>The entity tag of a name is that of the blob it points at; null if there is no such name.</summary>
    internal static string? EntityTag(NamedBlob? blob) => blob is null ? null : FileHash.EntityTag(blob.Digest);

    /// <summary>Whether the preconditions of a request that changes a name hold.</summary>
    /// <param name="request">The request.</param>
    /// <param name="before">What the name points at; null if it is free.</param>
    internal static bool MayChange(Request request, NamedBlob? before) =>
        Preconditions.Evaluate(request, EntityTag(before), Seconds(before?.Modified)) == PreconditionOutcome.Proceed;

    /// <summary>A time in whole seconds, as HTTP dates have it.</summary>
    internal static DateTimeOffset? Seconds(DateTimeOffset? time) => time is { } value ? DateTimeOffset.FromUnixTimeSeconds(value.ToUnixTimeSeconds()) : null;

    internal static Problem Refused(BlobName name, NamedBlob? before) => Problem.PreconditionFailed(before is null
        ? $"there is no name '{name}'; nothing was stored under it"
        : $"the name '{name}' is taken: it points at {before.Digest}");

    internal static Problem Absent(string name) => Problem.NotFound($"there is no name '{name}'");

    private static string Path(Request request)
    {
        // A segment that holds an encoded slash is not two.
        if (request.Target!.Segments.Any(segment => segment.Contains('/')))
            throw new ProblemException(Problem.BadRequest("the name has a segment that holds '/' (as %2F)"));
        return request.PathValue("name");
    }
}

using FileStore.Core.Names;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Features.Names;

/// <summary>Serves the file that a name points at: GET and HEAD of <c>/names/NAME</c>.</summary>
internal sealed class NameDownloadEndpoint(NamedBlobStore store, NameListEndpoint list, ContentResponse response)
{
    internal async Task SendAsync(Request request)
    {
        if (NameParameters.IsFolder(request))
        {
            await list.ListFolderAsync(request, NameParameters.Folder(request));
            return;
        }

        var name = NameParameters.Name(request);
        if (store.Index.OpenIfThere() is not { } names || await names.FindAsync(name, CancellationToken.None) is not { } named)
        {
            await request.RespondProblemAsync(NameParameters.Absent(name.Text));
            return;
        }

        await using var blob = await store.OpenAsync(named.Digest, CancellationToken.None);
        if (blob is null)
        {
            await request.RespondProblemAsync(Problem.NotFound($"the name '{name}' points at {named.Digest}, which is not stored any more"));
            return;
        }

        await response.SendAsync(request, blob, FileHash.EntityTag(named.Digest), "no-cache", () =>
        {
            var exchange = request.Exchange;
            var isShown = IsSafeToShow(named.Type) && request.Query("download") is null;
            exchange.SetHeader("X-File-Hash", named.Digest.Hex);
            exchange.SetHeader("Repr-Digest", DigestHeaders.Format(named.Digest));
            exchange.SetHeader("Content-Type", WithCharset(named.Type));
            exchange.SetHeader("Content-Disposition", isShown ? ContentDisposition.Inline(name.LastSegment) : ContentDisposition.Attachment(name.LastSegment));
        }, NameParameters.Seconds(named.Modified));
    }

    /// <summary>Whether a browser shows it without running anything.</summary>
    private static bool IsSafeToShow(string type) => MediaTypeHeaderValue.TryParse(type, out var parsed) && parsed.MediaType.Value!.ToLowerInvariant() switch
    {
        "text/plain" or "application/pdf" => true,
        "image/svg+xml" => false, // it may hold scripts
        var other => other.StartsWith("image/", StringComparison.Ordinal) || other.StartsWith("audio/", StringComparison.Ordinal)
            || other.StartsWith("video/", StringComparison.Ordinal),
    };

    /// <summary>Text without a charset is most likely UTF-8; a browser would take it for windows-1252.</summary>
    private static string WithCharset(string type) => MediaTypeHeaderValue.TryParse(type, out var parsed)
        && parsed.Type.Equals("text", StringComparison.OrdinalIgnoreCase) && !parsed.Charset.HasValue
        ? $"{type}; charset=utf-8"
        : type;
}

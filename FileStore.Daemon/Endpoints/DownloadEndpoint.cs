using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Endpoints;

/// <summary>Serves a blob's bytes: GET and HEAD of <c>/?file_hash=H</c> and <c>/files/H</c>.</summary>
internal sealed class DownloadEndpoint(IBlobStore store, int bufferSize, TimeProvider time)
{
    private const string AnyBytes = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider Types = new();

    internal Task ByQueryAsync(Request request) => SendAsync(request, BlobNames.FromQuery(request, store.HashKind));

    internal Task ByPathAsync(Request request) => SendAsync(request, BlobNames.FromPath(request, store.HashKind));

    private async Task SendAsync(Request request, Digest digest)
    {
        await using var blob = await store.OpenAsync(digest, CancellationToken.None);
        if (blob is null)
        {
            await request.RespondProblemAsync(BlobNames.Absent(digest));
            return;
        }

        var exchange = request.Exchange;
        var entityTag = BlobNames.EntityTag(digest);
        var modified = blob.Modified > time.GetUtcNow() ? time.GetUtcNow() : blob.Modified; // never later than Date
        exchange.SetField("ETag", entityTag.ToString());
        switch (Preconditions.Evaluate(request, entityTag, modified))
        {
            case PreconditionOutcome.Failed:
                await request.RespondProblemAsync(Problem.PreconditionFailed($"the file's entity tag is {entityTag}"));
                return;
            case PreconditionOutcome.NotModified:
                SetCaching(request, modified);
                exchange.Status = 304;
                exchange.AnswerLength = blob.Length; // RFC 9110, 8.6: what 200 would have, or nothing
                return;
        }

        var range = request.IsHead || !Preconditions.AllowRange(request, entityTag, modified)
            ? null
            : ByteRange.Parse(request.Field("Range"), blob.Length);
        if (range is { Length: 0 })
        {
            await request.RespondProblemAsync(Problem.RangeNotSatisfiable(blob.Length));
            return;
        }

        SetCaching(request, modified);
        SetContent(request, digest);
        exchange.Status = range is null ? 200 : 206;
        if (range is { } part)
            exchange.SetField("Content-Range", $"bytes {part.Offset}-{part.Offset + part.Length - 1}/{blob.Length}");
        var sent = range ?? new ByteRange(0, blob.Length);
        exchange.AnswerLength = sent.Length;
        if (!request.IsHead)
            await BodyWriter.WriteAsync(exchange, blob, sent, bufferSize);
    }

    private static void SetCaching(Request request, DateTimeOffset modified)
    {
        // What one client needed a token for, no cache may give to another.
        request.Exchange.SetField("Cache-Control", $"{(request.Token is null ? "public" : "private")}, max-age=31536000, immutable");
        request.Exchange.SetField("Last-Modified", HeaderUtilities.FormatDate(modified));
    }

    private static void SetContent(Request request, Digest digest)
    {
        var exchange = request.Exchange;
        exchange.SetField("Accept-Ranges", "bytes");
        exchange.SetField("Repr-Digest", DigestFields.Format(digest));
        // What strangers uploaded must never run as a page of this origin.
        exchange.SetField("Content-Security-Policy", "sandbox; default-src 'none'");
        var name = request.Query("name");
        exchange.SetField("Content-Type", name is not null && Types.TryGetContentType(name, out var type) ? type : AnyBytes);
        if (!string.IsNullOrEmpty(name))
            exchange.SetField("Content-Disposition", ContentDisposition.Attachment(name));
    }
}

using FileStore.Core.Primitives;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Answers GET and HEAD with a file: conditions, then the range, then the bytes.</summary>
/// <param name="bufferSize">Bytes of an I/O buffer.</param>
/// <param name="time">The clock.</param>
internal sealed class ContentResponse(int bufferSize, TimeProvider time)
{
    /// <param name="request">The request.</param>
    /// <param name="content">The file.</param>
    /// <param name="entityTag">Its entity tag, strong, with its quotes.</param>
    /// <param name="caching">The value of Cache-Control.</param>
    /// <param name="setContent">Sets the fields that describe the file, where an answer has it.</param>
    internal Task SendAsync(Request request, OpenContent content, string entityTag, string caching, Action setContent)
    {
        var exchange = request.Exchange;
        var modified = content.Modified > time.GetUtcNow() ? time.GetUtcNow() : content.Modified; // never later than Date
        exchange.SetHeader("ETag", entityTag);
        switch (Preconditions.Evaluate(request, entityTag, modified))
        {
            case PreconditionOutcome.Failed:
                return request.RespondProblemAsync(Problem.PreconditionFailed($"the file's entity tag is {entityTag}"));
            case PreconditionOutcome.NotModified:
                SetCaching();
                exchange.Status = 304;
                exchange.ResponseLength = content.Length; // RFC 9110, 8.6: what 200 would have, or nothing
                return Task.CompletedTask;
        }

        var range = request.IsHead || !Preconditions.AllowRange(request, entityTag, modified)
            ? null
            : ByteRange.Parse(request.Header("Range"), content.Length);
        if (range is { Length: 0 })
            return request.RespondProblemAsync(Problem.RangeNotSatisfiable(content.Length));

        SetCaching();
        exchange.SetHeader("Accept-Ranges", "bytes");
        exchange.SetHeader("Content-Security-Policy", request.Policy.ContentSecurityPolicy);
        setContent();
        exchange.Status = range is null ? 200 : 206;
        if (range is { } part)
            exchange.SetHeader("Content-Range", $"bytes {part.Offset}-{part.Offset + part.Length - 1}/{content.Length}");
        var sent = range ?? new ByteRange(0, content.Length);
        exchange.ResponseLength = sent.Length;
        return request.IsHead ? Task.CompletedTask : BodyWriter.WriteAsync(exchange, content, sent, bufferSize);

        void SetCaching()
        {
            // What one client needed a token for, no cache may give to another.
            exchange.SetHeader("Cache-Control", $"{(request.Token is null ? "public" : "private")}, {caching}");
            exchange.SetHeader("Last-Modified", HeaderUtilities.FormatDate(modified));
        }
    }
}

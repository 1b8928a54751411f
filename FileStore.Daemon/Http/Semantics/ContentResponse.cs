using FileStore.Core.Primitives;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Responds to GET and HEAD with a file: evaluates preconditions, then the range, then sends the content.</summary>
/// <param name="bufferSize">The size of an I/O buffer in bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class ContentResponse(int bufferSize, TimeProvider time)
{
    /// <param name="request">The request.</param>
    /// <param name="content">The file.</param>
    /// <param name="entityTag">Its entity tag, strong, with quotes.</param>
    /// <param name="cacheControl">Cache-Control where there are no access tokens: with them, <c>private</c> takes the place of <c>public</c>.</param>
    /// <param name="setContentHeaders">Sets the headers that describe the file, if the response contains it.</param>
    /// <param name="lastModified">When the resource was changed; null for when its content was.</param>
    internal Task SendAsync(
        Request request, OpenContent content, string entityTag, string cacheControl, Action setContentHeaders, DateTimeOffset? lastModified = null)
    {
        var exchange = request.Exchange;
        var modified = lastModified ?? content.Modified;
        if (modified > time.GetUtcNow())
            modified = time.GetUtcNow(); // never later than Date
        exchange.SetHeader("ETag", entityTag);
        switch (Preconditions.Evaluate(request, entityTag, modified))
        {
            case PreconditionOutcome.Failed:
                return request.RespondProblemAsync(Problem.PreconditionFailed($"the file's entity tag is {entityTag}"));
            case PreconditionOutcome.NotModified:
                SetCacheHeaders();
                exchange.Status = 304;
                exchange.ResponseLength = content.Length; // RFC 9110, 8.6: what 200 would have, or nothing
                return Task.CompletedTask;
        }

        var range = request.IsHead || !Preconditions.AllowRange(request, entityTag, modified)
            ? null
            : ByteRange.Parse(request.Header("Range"), content.Length);
        if (range is { Length: 0 })
            return request.RespondProblemAsync(Problem.RangeNotSatisfiable(content.Length));

        SetCacheHeaders();
        exchange.SetHeader("Accept-Ranges", "bytes");
        exchange.SetHeader("Content-Security-Policy", request.Policy.ContentSecurityPolicy);
        setContentHeaders();
        exchange.Status = range is null ? 200 : 206;
        if (range is { } part)
            exchange.SetHeader("Content-Range", $"bytes {part.Offset}-{part.Offset + part.Length - 1}/{content.Length}");
        var sent = range ?? new ByteRange(0, content.Length);
        exchange.ResponseLength = sent.Length;
        return request.IsHead ? Task.CompletedTask : BodyWriter.WriteAsync(exchange, content, sent, bufferSize);

        void SetCacheHeaders()
        {
            // A shared cache must not give to others what needed a token.
            exchange.SetHeader("Cache-Control", request.Token is null ? cacheControl : $"private, {cacheControl.Replace("public, ", "", StringComparison.Ordinal)}");
            exchange.SetHeader("Last-Modified", HeaderUtilities.FormatDate(modified));
        }
    }
}

using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The result of a request's preconditions.</summary>
internal enum PreconditionOutcome
{
    Proceed,
    NotModified,
    Failed,
}

/// <summary>Evaluates conditional requests (RFC 9110, section 13) in the order of 13.2.2.</summary>
internal static class Preconditions
{
    /// <summary>Evaluates the preconditions.</summary>
    /// <param name="request">The request. GET and HEAD may result in 304, other methods only in 412.</param>
    /// <param name="entityTag">The file's entity tag with quotes; null if there is no file.</param>
    /// <param name="modified">When it was stored, in whole seconds.</param>
    internal static PreconditionOutcome Evaluate(Request request, string? entityTag, DateTimeOffset? modified)
    {
        if (request.Header("If-Match") is { } ifMatch)
        {
            if (!Matches(ifMatch, entityTag, strong: true))
                return PreconditionOutcome.Failed;
        }
        else if (Date(request.Header("If-Unmodified-Since")) is { } unmodifiedSince && modified > unmodifiedSince)
        {
            return PreconditionOutcome.Failed;
        }

        var isGetOrHead = request.Exchange.Method is "GET" or "HEAD";
        if (request.Header("If-None-Match") is { } ifNoneMatch)
        {
            if (Matches(ifNoneMatch, entityTag, strong: false))
                return isGetOrHead ? PreconditionOutcome.NotModified : PreconditionOutcome.Failed;
        }
        else if (isGetOrHead && Date(request.Header("If-Modified-Since")) is { } modifiedSince && modified <= modifiedSince)
        {
            return PreconditionOutcome.NotModified;
        }

        return PreconditionOutcome.Proceed;
    }

    /// <summary>Whether the Range header applies: If-Range is missing, or matches the file exactly (13.1.5).</summary>
    internal static bool AllowRange(Request request, string entityTag, DateTimeOffset modified)
    {
        if (request.Header("If-Range") is not { } ifRange)
            return true;
        if (!RangeConditionHeaderValue.TryParse(ifRange, out var condition))
            return false;
        return condition.EntityTag is { } tag ? tag.Compare(new(entityTag), useStrongComparison: true) : condition.LastModified == modified;
    }

    private static bool Matches(string header, string? entityTag, bool strong)
    {
        if (entityTag is null)
            return false;
        if (header.Trim() == "*")
            return true;
        try
        {
            var stored = new EntityTagHeaderValue(entityTag);
            return EntityTagHeaderValue.TryParseList([header], out var tags) && tags.Any(tag => tag.Compare(stored, strong));
        }
        catch (ArgumentOutOfRangeException)
        {
            return false; // the parser throws this for a list that ends with a bare W/
        }
    }

    private static DateTimeOffset? Date(string? header) =>
        header is not null && HeaderUtilities.TryParseDate(new StringSegment(header), out var date) ? date : null;
}

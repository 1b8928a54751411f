using System.Text;
using FileStore.Core.Primitives;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>A small JSON body in any charset.</summary>
internal static class JsonBody
{
    /// <summary>Reads the body as text.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxBytes">The most bytes that it may have.</param>
    /// <param name="what">What it is, for people.</param>
    /// <exception cref="ProblemException">
    /// 400: it is not valid in its charset. 413: it is too long. 415: it is not JSON, has a content coding, or its charset
    /// is unknown or stated twice.
    /// </exception>
    internal static async Task<string> ReadAsync(Request request, int maxBytes, string what)
    {
        ContentCoding.RequireNone(request);
        var encoding = EncodingOf(request);
        var tooLarge = new ProblemException(new Problem(413, $"{what} may have {maxBytes} bytes at most"));
        if (request.Exchange.ContentLength > maxBytes)
            throw tooLarge;
        using var bytes = new MemoryStream();
        await using var body = BodyReader.Open(request);
        try
        {
            await BodyReader.WithLimit(body, maxBytes).CopyToAsync(bytes);
        }
        catch (LimitExceededException)
        {
            throw tooLarge;
        }

        try
        {
            return encoding.GetString(bytes.ToArray()).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new ProblemException(Problem.BadRequest($"the body is not valid {encoding.WebName}, the charset of its Content-Type"));
        }
    }

    private static Encoding EncodingOf(Request request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.Header("Content-Type"), out var type) || !IsJson(type))
            throw Unsupported("the body should be JSON, with Content-Type: application/json");
        if (type.Parameters.Count(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)) > 1)
            throw Unsupported("the Content-Type has two charsets");
        var name = HeaderUtilities.RemoveQuotes(type.Charset);
        return Charsets.Of(name.HasValue ? name.Value! : "utf-8") ?? throw Unsupported("the charset of the body is unknown; use utf-8");
    }

    private static bool IsJson(MediaTypeHeaderValue type) => type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
        && (type.SubTypeWithoutSuffix.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    private static ProblemException Unsupported(string detail) => new(Problem.UnsupportedType(detail, ("Accept-Post", "application/json")));
}

using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http;

/// <summary>A file in a form.</summary>
/// <param name="Name">The form field's name.</param>
/// <param name="FileName">The name the client gave the file.</param>
/// <param name="Content">Its bytes, to be read before the next file is asked for.</param>
internal sealed record FilePart(string Name, string FileName, Stream Content);

/// <summary>The files of a <c>multipart/form-data</c> body (RFC 7578), one after the other as they come.</summary>
internal static class MultipartUpload
{
    /// <summary>The boundary, if this is a form; null for any other type, whose body is a file as it is.</summary>
    /// <exception cref="ProblemException">400: a form without a usable boundary.</exception>
    internal static string? Boundary(Request request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.Field("Content-Type"), out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return null;
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary);
        return boundary.Length is > 0 and <= 70 // RFC 2046, 5.1.1
            ? boundary.ToString()
            : throw new ProblemException(Problem.BadRequest("multipart/form-data needs a boundary of 1 to 70 characters"));
    }

    /// <summary>Parts that are no files are passed over. When the enumeration ends, the closing boundary has come.</summary>
    /// <exception cref="ProblemException">400: the body is no such form.</exception>
    internal static async IAsyncEnumerable<FilePart> FilesAsync(Stream body, string boundary, [EnumeratorCancellation] CancellationToken ct)
    {
        var reader = new MultipartReader(boundary, body);
        while (await NextAsync(reader, ct) is { } section)
        {
            if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && disposition.IsFileDisposition())
            {
                var fileName = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
                yield return new FilePart(HeaderUtilities.RemoveQuotes(disposition.Name).ToString(),
                    HeaderUtilities.RemoveQuotes(fileName).ToString(), new SectionStream(section.Body));
            }
        }
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken ct)
    {
        try
        {
            return await reader.ReadNextSectionAsync(ct);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Malformed();
        }
    }

    private static ProblemException Malformed() =>
        new(Problem.BadRequest($"the form is malformed or its closing boundary is missing; nothing was stored"));

    /// <summary>A part's bytes, with the parser's complaints as ours.</summary>
    private sealed class SectionStream(Stream section) : Core.Primitives.ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await section.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                throw Malformed();
            }
        }
    }
}

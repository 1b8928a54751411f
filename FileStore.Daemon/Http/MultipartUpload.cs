using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http;

/// <summary>A part of a form: a file, or a field that is none.</summary>
/// <param name="Name">The form field's name.</param>
/// <param name="FileName">The name the client gave the file; null for what is no file.</param>
/// <param name="ContentType">The media type the client gave it; null if it gave none.</param>
/// <param name="Content">Its bytes, to be read before the next part is asked for.</param>
internal sealed record FormPart(string Name, string? FileName, string? ContentType, Stream Content);

/// <summary>The parts of a <c>multipart/form-data</c> body (RFC 7578), one after the other as they come.</summary>
internal static class MultipartUpload
{
    private const string Form = "multipart/form-data";
    private const int MaxBetweenParts = 128 << 10;

    /// <summary>The boundary, if this is a form; null for any other type, whose body is a file as it is.</summary>
    /// <exception cref="ProblemException">400: a form without a usable boundary.</exception>
    internal static string? Boundary(Request request)
    {
        var field = request.Field("Content-Type") ?? "";
        var isSound = MediaTypeHeaderValue.TryParse(field, out var type);
        // A form whose type is malformed must not be stored with its boundaries as if it were the file.
        if (isSound ? !type!.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase) : !field.StartsWith(Form, StringComparison.OrdinalIgnoreCase))
            return null;
        var boundary = isSound ? HeaderUtilities.RemoveQuotes(type!.Boundary) : default;
        return boundary.Length is > 0 and <= 70 // RFC 2046, 5.1.1
            ? boundary.ToString()
            : throw new ProblemException(Problem.BadRequest("multipart/form-data needs a boundary of 1 to 70 characters"));
    }

    /// <summary>What is not read of a part is passed over. When the enumeration ends, the closing boundary has come.</summary>
    /// <exception cref="ProblemException">400: the body is no such form.</exception>
    internal static async IAsyncEnumerable<FormPart> PartsAsync(Stream body, string boundary, [EnumeratorCancellation] CancellationToken ct)
    {
        var bounded = new BoundedStream(body);
        var reader = new MultipartReader(boundary, bounded);
        MultipartSection? section = null;
        while ((section = await NextAsync(reader, section, bounded, ct)) is not null)
        {
            // A part that does not say what it is might be a file, which must not be lost in silence (RFC 7578, 4.2).
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || disposition is null)
                throw new ProblemException(Problem.BadRequest("a part of the form has no Content-Disposition, or one that is malformed; nothing was stored"));
            if (!ContentDisposition.IsDecodable(disposition))
                throw Malformed();
            yield return new FormPart(HeaderUtilities.UnescapeAsQuotedString(disposition.Name).ToString(),
                disposition.IsFileDisposition() ? ContentDisposition.FileNameOf(disposition) ?? "" : null, section.ContentType, new SectionStream(section.Body));
        }
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, MultipartSection? last, BoundedStream body, CancellationToken ct)
    {
        try
        {
            if (last is not null)
                await last.Body.DrainAsync(ct);
            body.Allowance = MaxBetweenParts;
            var next = await reader.ReadNextSectionAsync(ct);
            body.Allowance = long.MaxValue;
            return next;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Malformed();
        }
    }

    private static ProblemException Malformed() =>
        new(Problem.BadRequest("the form is malformed or its closing boundary is missing; nothing was stored"));

    /// <summary>
    /// The body, with a bound to what is read while the head of a part is looked for: the parser's own bound is
    /// passed by a line longer than its buffer, and it holds that line in memory.
    /// </summary>
    private sealed class BoundedStream(Stream body) : Core.Primitives.ReadOnlyStream
    {
        internal long Allowance { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            Allowance -= count;
            return Allowance >= 0 ? count : throw new InvalidDataException($"more than {MaxBetweenParts} bytes stand between two parts");
        }
    }

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

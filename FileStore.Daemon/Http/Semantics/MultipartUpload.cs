using System.Runtime.CompilerServices;
using FileStore.Core.Primitives;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>A part of a form: a file or another field.</summary>
/// <param name="Name">The name of the form field.</param>
/// <param name="FileName">
/// The file name without directories, never empty: the client's, or else the field's. Null if the part is not a file.
/// </param>
/// <param name="ContentType">The media type that the client sent; null if none.</param>
/// <param name="Content">The content, to be read before the next part is requested.</param>
/// <param name="Path">The file name as the client sent it, maybe with directories; null if it sent none.</param>
internal sealed record FormPart(string Name, string? FileName, string? ContentType, Stream Content, string? Path);

/// <summary>
/// Enumerates the parts of a <c>multipart/form-data</c> body (RFC 7578) as they arrive. Each part is clearly a file or
/// clearly another field; an ambiguous form is rejected.
/// </summary>
internal static class MultipartUpload
{
    /// <summary>The most bytes of all fields that are not files.</summary>
    internal const int MaxFieldBytes = 64 << 10;

    private const int MaxShown = 100;
    private const string Form = "multipart/form-data";
    private const string Mixed = "multipart/mixed";

    /// <summary>The boundary of a form; null for any other type, whose body is the file itself.</summary>
    /// <exception cref="ProblemException">400: it is a form without a usable boundary.</exception>
    internal static string? Boundary(Request request)
    {
        var contentType = request.Header("Content-Type") ?? "";
        var isValid = MediaTypeHeaderValue.TryParse(contentType, out var type);
        // A form whose type is malformed, or one of several types, must not be stored with its boundaries as if it were a
        // file.
        var isForm = isValid ? type!.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase)
            : contentType.Split(',').Any(one => one.TrimStart().StartsWith(Form, StringComparison.OrdinalIgnoreCase));
        return !isForm ? null
            : (isValid ? BoundaryOf(type!) : null) ?? throw new ProblemException(Problem.BadRequest($"{Form} needs one boundary of 1 to 70 characters"));
    }

    /// <summary>
    /// Enumerates the parts. Unread content of a part is skipped. The whole body has been read when the enumeration ends.
    /// </summary>
    /// <exception cref="ProblemException">400: the body is malformed, or a part is ambiguous.</exception>
    internal static async IAsyncEnumerable<FormPart> PartsAsync(Stream body, string boundary, [EnumeratorCancellation] CancellationToken ct)
    {
        using var form = new PartReader(body, boundary);
        while (await form.NextAsync(ct) is { } head)
        {
            RequirePlainEncoding(head);
            var disposition = DispositionOf(head);
            var name = DispositionHeader.FormText(disposition["name"]) ?? "";
            if (HasFileName(disposition) || !IsMultipart(head, out var type))
            {
                yield return await PartAsync(form, head, disposition, name, ct);
                continue;
            }

            // Several files of one field in the form of RFC 2388: curl -F 'f=@a,b'. Only one level, so that clients cannot
            // choose the depth.
            using var files = new PartReader(form.Content, NestedBoundary(type!));
            while (await files.NextAsync(ct) is { } file)
            {
                RequirePlainEncoding(file);
                if (await NestedPartAsync(files, file, name, ct) is { } part)
                    yield return part;
            }
        }
    }

    private static async Task<FormPart> PartAsync(PartReader content, PartHead head, DispositionHeader disposition, string name, CancellationToken ct)
    {
        var hasContent = await content.HasContentAsync(ct);
        var isFile = HasFileName(disposition) && (hasContent || !IsEmptyInput(disposition));
        if (!HasFileName(disposition) && !IsText(head.Type))
            throw PartReader.Refusal($"a part of the form has the type {ShortText.Shown(head.Type!, MaxShown)} and no filename: a file needs one, and a field is text, JSON or XML");
        return new FormPart(name, isFile ? FileName(disposition, name) : null, head.Type, content.Content, disposition.FilePath);
    }

    /// <summary>A nested part, which is always a file. Null for a file input without a file.</summary>
    private static async Task<FormPart?> NestedPartAsync(PartReader content, PartHead head, string name, CancellationToken ct)
    {
        var disposition = Read(head.Disposition ?? "attachment");
        if (!HasFileName(disposition) && IsMultipart(head, out _))
            throw PartReader.Refusal($"a part of the form is nested deeper than one {Mixed}");
        return IsEmptyInput(disposition) && !await content.HasContentAsync(ct)
            ? null
            : new FormPart(name, FileName(disposition, name), head.Type, content.Content, disposition.FilePath);
    }

    private static DispositionHeader DispositionOf(PartHead head)
    {
        if (head.Disposition is null)
            throw PartReader.Refusal("a part of the form has no Content-Disposition");
        var disposition = Read(head.Disposition);
        if (!disposition.Type.Equals("form-data", StringComparison.OrdinalIgnoreCase))
            throw PartReader.Refusal("the Content-Disposition of a part should be form-data");
        return disposition["name"] is not null || HasFileName(disposition)
            ? disposition
            : throw PartReader.Refusal("the Content-Disposition of a part has neither a name nor a filename");
    }

    private static DispositionHeader Read(string text)
    {
        var disposition = DispositionHeader.Parse(text)
            ?? throw PartReader.Refusal("the Content-Disposition of a part is malformed, or has a parameter twice");
        return disposition.HasUnreadFileName
            ? throw PartReader.Refusal("the Content-Disposition of a part should name its file with filename or filename*, and no other parameter of that kind")
            : disposition;
    }

    /// <exception cref="ProblemException">400: the content has a transfer encoding (RFC 7578, 4.7).</exception>
    private static void RequirePlainEncoding(PartHead head)
    {
        if (head.TransferEncoding?.ToLowerInvariant() is not (null or "" or "binary" or "8bit" or "7bit"))
            throw PartReader.Refusal("the Content-Transfer-Encoding of a part should be binary: HTTP needs no other");
    }

    private static bool HasFileName(DispositionHeader disposition) => disposition["filename"] is not null || disposition["filename*"] is not null;

    /// <summary>Whether browsers send this for a file input without a file, provided that there is no content.</summary>
    private static bool IsEmptyInput(DispositionHeader disposition) => disposition["filename"] is "" && disposition["filename*"] is null;

    private static string FileName(DispositionHeader disposition, string field) =>
        disposition.FileNames(isForm: true).FirstOrDefault() ?? DispositionHeader.PlainName(field) ?? "file";

    /// <summary>Whether a part without a filename may be a value.</summary>
    private static bool IsText(string? type) => string.IsNullOrEmpty(type) || (MediaTypeHeaderValue.TryParse(type, out var parsed)
        && (parsed.Type.Equals("text", StringComparison.OrdinalIgnoreCase)
            || (parsed.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
                && (parsed.Suffix.HasValue ? parsed.Suffix : parsed.SubType).Value!.ToLowerInvariant() is "json" or "xml" or "x-www-form-urlencoded")));

    private static bool IsMultipart(PartHead head, out MediaTypeHeaderValue? type) =>
        MediaTypeHeaderValue.TryParse(head.Type, out type) && type.Type.Equals("multipart", StringComparison.OrdinalIgnoreCase);

    private static string NestedBoundary(MediaTypeHeaderValue type) =>
        (type.MediaType.Equals(Mixed, StringComparison.OrdinalIgnoreCase) ? BoundaryOf(type) : null)
            ?? throw PartReader.Refusal($"a part of the form is multipart, but not {Mixed} with one boundary of 1 to 70 characters");

    private static string? BoundaryOf(MediaTypeHeaderValue type) =>
        type.Parameters.Count(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase)) == 1
            && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 70 } boundary // RFC 2046, 5.1.1
            ? boundary.ToString()
            : null;
}

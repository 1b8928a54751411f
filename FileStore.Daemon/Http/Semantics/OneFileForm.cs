using FileStore.Core.Blobs;
using FileStore.Daemon.Http.Outgoing;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>A completely received form with one file. Dispose without commit discards the file.</summary>
/// <param name="File">The file.</param>
/// <param name="FieldName">The name of its field.</param>
/// <param name="FileName">Its name, without the directories that some clients send (RFC 7578, 4.2).</param>
/// <param name="ContentType">The media type that the client sent; null if it is missing or invalid.</param>
/// <param name="OtherFields">The fields that are not files.</param>
internal sealed record OneFileForm(IncomingBlob File, string FieldName, string FileName, string? ContentType, IReadOnlyList<FormField> OtherFields) : IAsyncDisposable
{
    private const int MaxFields = 100;

    /// <summary>Receives a form.</summary>
    /// <param name="request">The request.</param>
    /// <param name="requireName">Checks the file name before the content is read.</param>
    /// <param name="receive">Receives the file, given an upper bound of its length in bytes.</param>
    /// <exception cref="ProblemException">
    /// 400: it has no file or several, or is malformed. 413: its fields are too many. 415: it is not a form, or has a
    /// content coding.
    /// </exception>
    internal static async Task<OneFileForm> ReadAsync(Request request, Action<string> requireName, Func<Stream, long?, Task<IncomingBlob>> receive)
    {
        ContentCoding.RequireNone(request);
        var boundary = MultipartUpload.Boundary(request)
            ?? throw new ProblemException(Problem.UnsupportedType("the body should be a form: curl sends one with -F file=@FILE", ("Accept-Post", "multipart/form-data")));
        var otherFields = new List<FormField>();
        OneFileForm? form = null;
        try
        {
            await using var body = BodyReader.Open(request);
            await foreach (var part in MultipartUpload.PartsAsync(body, boundary, CancellationToken.None))
            {
                if (part.FileName is null)
                {
                    otherFields.Add(await ReadFieldAsync(part, otherFields));
                    continue;
                }

                if (form is not null)
                    throw new ProblemException(Problem.BadRequest("the form should have one file, and has several; nothing was stored"));
                var name = Printable(part.FileName);
                requireName(name);
                form = new OneFileForm(await receive(part.Content, request.Exchange.ContentLength), part.Name, name, PlainType(part.ContentType), otherFields);
            }

            if (form is null)
                throw new ProblemException(Problem.BadRequest("the form has no file: curl sends one with -F file=@FILE"));
            await BodyReader.DrainAsync(body);
            return form;
        }
        catch
        {
            if (form is not null)
                await form.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes directories, with either separator, from a file name.</summary>
    /// <exception cref="ProblemException">400: it contains control characters.</exception>
    internal static string PlainName(string fileName) => Printable(fileName)[(fileName.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>Returns a file name that can be forwarded.</summary>
    /// <exception cref="ProblemException">400: it contains control characters.</exception>
    internal static string Printable(string fileName) => fileName.Any(char.IsControl)
        ? throw new ProblemException(Problem.BadRequest("the file's name should contain no control characters"))
        : fileName;

    public ValueTask DisposeAsync() => File.DisposeAsync();

    private static string? PlainType(string? type) => MediaTypeHeaderValue.TryParse(type, out var parsed) ? parsed.ToString() : null;

    private static async Task<FormField> ReadFieldAsync(FormPart part, List<FormField> otherFields)
    {
        var left = MultipartUpload.MaxFieldBytes - otherFields.Sum(field => field.Value.Length);
        var value = new byte[left + 1];
        var length = await part.Content.ReadAtLeastAsync(value, value.Length, throwOnEndOfStream: false);
        return length <= left && otherFields.Count < MaxFields
            ? new FormField(part.Name, PlainType(part.ContentType), value[..length])
            : throw new ProblemException(new Problem(413, $"a form may have {MaxFields} fields at most besides the file, with {MultipartUpload.MaxFieldBytes} bytes in all"));
    }
}

using FileStore.Core.Blobs;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>A report that was received and not committed. Disposing without a commit discards it.</summary>
/// <param name="File">Its bytes.</param>
/// <param name="FileName">The name that the client gave it, without folders; null if it gave none.</param>
/// <param name="ContentType">The media type that the client gave it; null if it gave none.</param>
/// <param name="Filled">The form fields that are not empty.</param>
internal sealed record ReportUpload(IncomingBlob File, string? FileName, string? ContentType, IReadOnlySet<string> Filled) : IAsyncDisposable
{
    /// <summary>Receives a report: a body as it is, or the one file of a form.</summary>
    /// <exception cref="ProblemException">400: no body, a form that is malformed, or with none or several files; 413: too large; 415: compressed.</exception>
    internal static async Task<ReportUpload> ReceiveAsync(Request request, UploadReceiver receiver)
    {
        ContentCoding.RequireNone(request);
        if (!request.Exchange.HasBody)
            throw NoBody();
        if (MultipartUpload.Boundary(request) is null)
        {
            var file = await receiver.ReceiveBodyAsync(request);
            if (file.Size > 0 || request.Exchange.IsChunked)
                return new ReportUpload(file, null, request.Header("Content-Type"), new HashSet<string>());
            await file.DisposeAsync();
            throw NoBody();
        }

        var form = await OneFileForm.ReadAsync(request, _ => { }, receiver.ReceivePartAsync);
        var filled = form.OtherFields.Where(field => field.Value.Length > 0).Select(field => field.Name).ToHashSet();
        if (form.File.Size > 0)
            filled.Add(form.FieldName);
        return new ReportUpload(form.File, form.FileName, form.ContentType, filled);
    }

    public ValueTask DisposeAsync() => File.DisposeAsync();

    private static ProblemException NoBody() =>
        new(Problem.BadRequest("the request has no body: send the report as the body, or as the file of multipart/form-data"));
}

using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Stores uploads: POST of <c>/</c> and <c>/files</c>, PUT of <c>/files/H</c>.</summary>
/// <param name="store">The store.</param>
/// <param name="receiver">Receives it.</param>
internal sealed class UploadEndpoint(IBlobStore store, UploadReceiver receiver)
{
    private const int MaxFiles = 1000;

    /// <summary>POST /: always 200, as in the source system.</summary>
    internal Task PostAsync(Request request)
    {
        var isForm = MultipartUpload.Boundary(request) is not null;
        return request.Exchange.HasBody
            ? StoreAsync(request, whenNew: 200, files => isForm || request.Exchange.IsChunked || files is not [{ Size: 0 }] ? null : NoBody())
            : request.RespondProblemAsync(NoBody());
    }

    /// <summary>POST /files: 201 with a Location when the file is new. No body is an empty file.</summary>
    internal Task CreateAsync(Request request) => StoreAsync(request, whenNew: 201, _ => null);

    /// <summary>PUT /files/H: stored only if the bytes have that hash.</summary>
    internal async Task PutAsync(Request request)
    {
        var expected = BlobParameters.FromPath(request, store.HashKind);
        await using (var present = await TryOpenAsync(expected))
        {
            var entityTag = present is null ? null : BlobParameters.EntityTag(expected);
            if (Preconditions.Evaluate(request, entityTag, present?.Modified) != PreconditionOutcome.Proceed)
            {
                await request.RespondProblemAsync(Problem.PreconditionFailed(
                    present is null ? "the file is not stored" : $"the file is stored; its entity tag is {entityTag}"));
                return;
            }
        }

        await StoreAsync(request, whenNew: 201, files =>
            files is not [var single] ? Problem.BadRequest("the form should have one file, the one that the path names")
            : single.Digest != expected ? Problem.Unprocessable($"nothing was stored: the hash of the bytes is {single.Digest}")
            : null);
    }

    /// <summary>Null also if it is there and cannot be read: the bytes that come repair it, or fail for the same reason.</summary>
    private async ValueTask<OpenBlob?> TryOpenAsync(Digest digest)
    {
        try
        {
            return await store.OpenAsync(digest, CancellationToken.None);
        }
        catch (BlobStoreException)
        {
            return null;
        }
    }

    /// <summary>Receives all there is, and commits it if <paramref name="refuse"/> has nothing against it.</summary>
    private async Task StoreAsync(Request request, int whenNew, Func<List<IncomingBlob>, Problem?> refuse)
    {
        var files = new List<IncomingBlob>();
        try
        {
            if (MultipartUpload.Boundary(request) is { } boundary)
            {
                ContentCoding.RequireNone(request);
                await ReceiveFormAsync(request, boundary, files);
            }
            else
            {
                files.Add(await receiver.ReceiveBodyAsync(request));
            }

            if (refuse(files) is { } problem)
                await request.RespondProblemAsync(problem);
            else
                await CommitAsync(request, files, whenNew);
        }
        finally
        {
            foreach (var file in files)
                await file.DisposeAsync();
        }
    }

    /// <summary>Nothing is committed before the closing boundary and the end of the body have come.</summary>
    private async Task ReceiveFormAsync(Request request, string boundary, List<IncomingBlob> files)
    {
        await using var body = BodyReader.Open(request);
        var fieldBytes = 0;
        await foreach (var part in MultipartUpload.PartsAsync(body, boundary, CancellationToken.None))
        {
            if (part.FileName is null)
            {
                fieldBytes += await DiscardAsync(part.Content, MultipartUpload.MaxFieldBytes - fieldBytes);
                continue;
            }

            if (files.Count == MaxFiles)
                throw new ProblemException(new Problem(413, $"a form may have {MaxFiles} files at most; nothing was stored"));
            // The whole body's length is an upper bound for the first file, and the only hint there is.
            var length = files.Count == 0 ? request.Exchange.ContentLength : null;
            files.Add(await receiver.ReceivePartAsync(part.Content, length));
        }

        if (files.Count == 0)
            throw new ProblemException(Problem.BadRequest("the form has no file: curl sends one with -F f=@FILE"));
        await BodyReader.DrainAsync(body);
    }

    private static Problem NoBody() => Problem.BadRequest(
        "the request has no body: send the file as the body, or as a file part of multipart/form-data (which may be empty)");

    /// <summary>Reads and discards a form field that is not a file.</summary>
    /// <exception cref="ProblemException">413: it is so long that it may be meant as a file.</exception>
    private static async Task<int> DiscardAsync(Stream field, int left)
    {
        var buffer = new byte[4 << 10];
        int count, length = 0;
        while ((count = await field.ReadAsync(buffer)) > 0)
        {
            if ((length += count) > left)
                throw new ProblemException(new Problem(413,
                    $"the parts of a form that have no filename may have {MultipartUpload.MaxFieldBytes} bytes in all, and a file needs a filename; nothing was stored"));
        }

        return length;
    }

    private async Task CommitAsync(Request request, List<IncomingBlob> files, int whenNew)
    {
        var outcomes = await receiver.CommitAllAsync(files);
        var stored = files.Zip(outcomes, (file, outcome) => new StoredFile(file.Digest.Hex, file.Size, outcome == CommitOutcome.Created)).ToList();

        if (files is [var single])
        {
            request.Exchange.SetHeader("ETag", BlobParameters.EntityTag(single.Digest));
            request.Exchange.SetHeader("Repr-Digest", DigestHeaders.Format(single.Digest));
            if (whenNew == 201 && stored[0].Created)
                request.Exchange.SetHeader("Location", $"/files/{single.Digest}");
        }

        await RespondAsync(request, stored.Exists(file => file.Created) ? whenNew : 200, stored);
    }

    private static Task RespondAsync(Request request, int status, List<StoredFile> stored)
    {
        request.Exchange.SetHeader("Vary", "Accept");
        if (!WantsJson(request))
            return request.RespondTextAsync(status, string.Join('\n', stored.Select(file => file.FileHash)));
        return stored is [var single]
            ? JsonResponse.RespondAsync(request, status, single, BlobJson.Context.StoredFile)
            : JsonResponse.RespondAsync(request, status, [.. stored], BlobJson.Context.StoredFileArray);
    }

    /// <summary>JSON only for those who name it, and do not like plain text better (RFC 9110, 12.5.1).</summary>
    private static bool WantsJson(Request request)
    {
        if (request.Header("Accept") is not { } accept || !MediaTypeHeaderValue.TryParseList([accept], out var ranges))
            return false;
        var json = Quality(ranges, "application/json");
        return json > 0 && json >= Quality(ranges, "text/plain");
    }

    private static double Quality(IList<MediaTypeHeaderValue> ranges, string type) =>
        ranges.FirstOrDefault(range => range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)) is { } match ? match.Quality ?? 1 : 0;
}

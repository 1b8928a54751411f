using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Stores uploads: POST of <c>/</c> and <c>/files</c>, PUT of <c>/files/H</c>.</summary>
/// <param name="store">The store.</param>
/// <param name="receiver">Receives it.</param>
internal sealed class UploadEndpoint(IBlobStore store, UploadReceiver receiver)
{
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
            var entityTag = present is null ? null : FileHash.EntityTag(expected);
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
                await UploadReceiver.ReceiveFormAsync(request, boundary, async (part, length) => files.Add(await receiver.ReceivePartAsync(part.Content, length)));
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

    private static Problem NoBody() => Problem.BadRequest(
        "the request has no body: send the file as the body, or as a file part of multipart/form-data (which may be empty)");

    private async Task CommitAsync(Request request, List<IncomingBlob> files, int whenNew)
    {
        var outcomes = await receiver.CommitAllAsync(files);
        var stored = files.Zip(outcomes, (file, outcome) => new StoredFile(file.Digest.Hex, file.Size, outcome == CommitOutcome.Created)).ToList();

        if (files is [var single])
        {
            request.Exchange.SetHeader("ETag", FileHash.EntityTag(single.Digest));
            request.Exchange.SetHeader("Repr-Digest", DigestHeaders.Format(single.Digest));
            if (whenNew == 201 && stored[0].Created)
                request.Exchange.SetHeader("Location", $"/files/{single.Digest}");
        }

        await RespondAsync(request, stored.Exists(file => file.Created) ? whenNew : 200, stored);
    }

    private static Task RespondAsync(Request request, int status, List<StoredFile> stored)
    {
        request.Exchange.SetHeader("Vary", "Accept");
        if (!AcceptHeader.PrefersJson(request))
            return request.RespondTextAsync(status, string.Join('\n', stored.Select(file => file.FileHash)));
        return stored is [var single]
            ? JsonResponse.RespondAsync(request, status, single, BlobJson.Context.StoredFile)
            : JsonResponse.RespondAsync(request, status, [.. stored], BlobJson.Context.StoredFileArray);
    }
}

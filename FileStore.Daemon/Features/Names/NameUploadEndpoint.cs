using FileStore.Core.Blobs;
using FileStore.Core.Index;
using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Names;

/// <summary>Stores files under names: PUT of <c>/names/NAME</c>, and forms that are POSTed to <c>/names/FOLDER/</c>.</summary>
/// <param name="store">The store and its names.</param>
/// <param name="receiver">Receives uploads.</param>
internal sealed class NameUploadEndpoint(NamedBlobStore store, UploadReceiver receiver)
{
    /// <summary>PUT /names/NAME: the body is the file, whatever its type. With file_hash, a name for a file that is stored.</summary>
    internal async Task PutAsync(Request request)
    {
        if (NameParameters.IsFolder(request))
            throw new ProblemException(Problem.BadRequest("a name that ends with '/' is a folder: add the file's name"));
        var name = NameParameters.Name(request);
        var before = store.Index.OpenIfThere() is { } names ? await names.FindAsync(name, CancellationToken.None) : null;
        if (!NameParameters.MayChange(request, before))
            await request.RespondProblemAsync(NameParameters.Refused(name, before));
        else if (request.Query("file_hash") is { } hash)
            await PointAsync(request, name, hash);
        else
            await StoreAsync(request, name);
    }

    /// <summary>Stores every file of a form in a folder, under its own name and with the folders that the client sends.</summary>
    internal async Task PostFormAsync(Request request)
    {
        var folder = NameParameters.Folder(request);
        if (MultipartUpload.Boundary(request) is not { } boundary)
        {
            throw new ProblemException(Problem.UnsupportedType("send the files as multipart/form-data, or one file with PUT /names/NAME",
                ("Accept-Post", "multipart/form-data")));
        }

        ContentCoding.RequireNone(request);
        var uploads = new List<NamedUpload>();
        try
        {
            await UploadReceiver.ReceiveFormAsync(request, boundary, async (part, length) =>
            {
                var name = NameOf(part, folder);
                var blob = await receiver.ReceivePartAsync(part.Content, length);
                uploads.Add(new NamedUpload(blob, name, NameParameters.TypeOf(part.ContentType, name), before => NameParameters.MayChange(request, before)));
            });
            await CommitAsync(request, uploads);
        }
        finally
        {
            foreach (var upload in uploads)
                await upload.Blob.DisposeAsync();
        }
    }

    private async Task StoreAsync(Request request, BlobName name)
    {
        await using var blob = await receiver.ReceiveBodyAsync(request);
        var type = NameParameters.TypeOf(request.Header("Content-Type"), name);
        await CommitAsync(request, [new NamedUpload(blob, name, type, before => NameParameters.MayChange(request, before))]);
    }

    private async Task PointAsync(Request request, BlobName name, string hash)
    {
        var digest = FileHash.Parse(hash, store.HashKind);
        await using (var body = BodyReader.Open(request))
        {
            if (request.Exchange.ContentLength > 0 || await body.ReadAsync(new byte[1]) > 0)
                throw new ProblemException(Problem.BadRequest("with file_hash the request has no body: the file is stored already"));
        }

        var type = NameParameters.TypeOf(request.Header("Content-Type"), name);
        NamedBlob? found = null;
        var pointed = await store.PointAsync(name, digest, type, before => NameParameters.MayChange(request, found = before), CancellationToken.None);
        if (pointed is null)
            await request.RespondProblemAsync(FileHash.Absent(digest));
        else if (pointed.Change is not { } change)
            await request.RespondProblemAsync(NameParameters.Refused(name, found));
        else
            await RespondAsync(request, [change]);
    }

    private static BlobName NameOf(FormPart part, string folder)
    {
        var path = part.Path ?? part.FileName!;
        if (path.StartsWith('/') || path.StartsWith('\\') || (path.Length > 2 && path[1] == ':' && path[2] is '\\' or '/'))
            throw new ProblemException(Problem.BadRequest($"nothing was stored: the filename '{ShortText.Shown(path, 100)}' is an absolute path"));
        return NameParameters.Parse($"nothing was stored: the filename '{ShortText.Shown(path, 100)}'", folder + path);
    }

    private async Task CommitAsync(Request request, List<NamedUpload> uploads)
    {
        var outcome = await store.CommitAsync(uploads, CancellationToken.None);
        if (outcome.Blobs[^1] == CommitOutcome.Conflict)
            throw UploadReceiver.Conflict(uploads[outcome.Blobs.Count - 1].Blob);
        if (outcome.Names is not { } changes)
        {
            throw new ProblemException(Problem.PreconditionFailed(uploads is [var single]
                ? $"the name '{single.Name}' was changed while the file was sent; nothing was stored under it"
                : "a name of the form is taken; nothing was stored"));
        }

        if (uploads is [var one])
            request.Exchange.SetHeader("Repr-Digest", DigestHeaders.Format(one.Blob.Digest));
        await RespondAsync(request, changes);
    }

    private static Task RespondAsync(Request request, IReadOnlyList<NameChange> changes)
    {
        var exchange = request.Exchange;
        StoredName[] stored = [.. changes.Select(StoredName.Of)];
        var status = stored.Any(file => file.Created) ? 201 : 200;
        exchange.SetHeader("Vary", "Accept");
        if (stored is [var single])
        {
            exchange.SetHeader("ETag", $"\"{single.FileHash}\"");
            if (single.Created)
                exchange.SetHeader("Location", $"/names/{string.Join('/', single.Name.Split('/').Select(Uri.EscapeDataString))}");
        }

        if (!AcceptHeader.PrefersJson(request))
            return request.RespondTextAsync(status, string.Join('\n', stored.Select(file => file.FileHash)));
        return stored is [var one]
            ? JsonResponse.RespondAsync(request, status, one, NameJson.Context.StoredName)
            : JsonResponse.RespondAsync(request, status, stored, NameJson.Context.StoredNameArray);
    }
}

using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Lists the stored files, a page at a time: GET of <c>/files</c>.</summary>
internal sealed class ListEndpoint(IBlobStore store)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 10_000;

    internal async Task ListAsync(Request request)
    {
        Digest? after = request.Query("after") is { } text ? FileHash.Parse(text, store.HashKind) : null;
        var limit = request.Query("limit") is { } given ? Parameters.Number("limit", given, 1, MaxLimit) : DefaultLimit;
        var page = await store.ListAsync(after, limit, CancellationToken.None);
        var files = page.Blobs.Select(blob => new ListedFile(blob.Digest.Hex, blob.Size, blob.Modified.UtcDateTime));
        await JsonResponse.RespondAsync(request, 200, new FileList([.. files], page.Next?.Hex), BlobJson.Context.FileList);
    }
}

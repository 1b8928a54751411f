using System.Globalization;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Lists the stored files, a page at a time: GET of <c>/files</c>.</summary>
internal sealed class ListEndpoint(IBlobStore store)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 10_000;

    internal async Task ListAsync(Request request)
    {
        Digest? after = request.Query("after") is { } text ? BlobParameters.Parse(text, store.HashKind) : null;
        var page = await store.ListAsync(after, Limit(request), CancellationToken.None);
        var files = page.Blobs.Select(blob => new ListedFile(blob.Digest.Hex, blob.Size, blob.Modified.UtcDateTime));
        await JsonResponse.RespondAsync(request, 200, new FileList([.. files], page.Next?.Hex), BlobJson.Context.FileList);
    }

    private static int Limit(Request request)
    {
        if (request.Query("limit") is not { } text)
            return DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw new ProblemException(Problem.BadRequest($"the parameter limit should be a number from 1 to {MaxLimit}"));
    }
}

using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Removes a blob: DELETE of <c>/?file_hash=H</c> and <c>/files/H</c>.</summary>
internal sealed class DeleteEndpoint(NamedBlobStore store)
{
    /// <summary>DELETE /?file_hash=H: 200 without a body.</summary>
    internal async Task ByQueryAsync(Request request)
    {
        if (await TryRemoveAsync(request, BlobParameters.FromQuery(request, store.HashKind)))
            await request.RespondAsync(200);
    }

    /// <summary>DELETE /files/H: 200 and a line of JSON.</summary>
    internal async Task ByPathAsync(Request request)
    {
        var digest = BlobParameters.FromPath(request, store.HashKind);
        if (await TryRemoveAsync(request, digest))
            await JsonResponse.RespondAsync(request, 200, new DeletedFile(digest.Hex, Deleted: true), BlobJson.Context.DeletedFile);
    }

    /// <summary>False if the response was a problem.</summary>
    private async Task<bool> TryRemoveAsync(Request request, Digest digest)
    {
        var conditional = request.Header("If-Match") ?? request.Header("If-None-Match") ?? request.Header("If-Unmodified-Since");
        if (conditional is not null && !await MayGoAsync(request, digest))
        {
            await request.RespondProblemAsync(Problem.PreconditionFailed("nothing was deleted: the file's entity tag or date does not match the request"));
            return false;
        }

        var withNames = request.Query("names") switch
        {
            null => false,
            "delete" => true,
            _ => throw Parameters.Wrong("names", "delete, which deletes the names of the file too"),
        };
        if (await (withNames ? store.RemoveWithNamesAsync(digest, CancellationToken.None) : store.RemoveAsync(digest, CancellationToken.None)))
            return true;
        await request.RespondProblemAsync(FileHash.Absent(digest));
        return false;
    }

    private async Task<bool> MayGoAsync(Request request, Digest digest)
    {
        await using var blob = await store.OpenAsync(digest, CancellationToken.None);
        return blob is null
            || Preconditions.Evaluate(request, FileHash.EntityTag(digest), blob.Modified) == PreconditionOutcome.Proceed;
    }
}

using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Serves a blob: GET and HEAD of <c>/?file_hash=H</c> and <c>/files/H</c>.</summary>
internal sealed class DownloadEndpoint(IBlobStore store, ContentResponse response)
{
    internal Task ByQueryAsync(Request request) => SendAsync(request, BlobParameters.FromQuery(request, store.HashKind));

    internal Task ByPathAsync(Request request) => SendAsync(request, BlobParameters.FromPath(request, store.HashKind));

    private async Task SendAsync(Request request, Digest digest)
    {
        await using var blob = await store.OpenAsync(digest, CancellationToken.None);
        if (blob is null)
        {
            await request.RespondProblemAsync(FileHash.Absent(digest));
            return;
        }

        await response.SendAsync(request, blob, FileHash.EntityTag(digest), "public, max-age=31536000, immutable", () =>
        {
            var exchange = request.Exchange;
            var name = request.Query("name");
            exchange.SetHeader("Repr-Digest", DigestHeaders.Format(digest));
            exchange.SetHeader("Content-Type", MediaTypes.Of(name));
            if (!string.IsNullOrEmpty(name))
                exchange.SetHeader("Content-Disposition", ContentDisposition.Attachment(name));
        });
    }
}

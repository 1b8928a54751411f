using FileStore.Core.Blobs;
using FileStore.Core.Primitives;

namespace FileStore.Tests.Support;

/// <summary>What most tests do with a store, in one call each.</summary>
internal static class BlobStoreActions
{
    /// <summary>Receives and commits.</summary>
    public static async Task<(Digest Digest, CommitOutcome Outcome)> PutAsync(this IBlobStore store, byte[] content)
    {
        await using var incoming = await store.ReceiveAsync(new MemoryStream(content), content.Length, CancellationToken.None);
        return (incoming.Digest, await incoming.CommitAsync(CancellationToken.None));
    }

    /// <summary>A blob's bytes; null if there is none.</summary>
    public static async Task<byte[]?> GetAsync(this IBlobStore store, Digest digest)
    {
        await using var blob = await store.OpenAsync(digest, CancellationToken.None);
        return blob is null ? null : await blob.ReadAllAsync();
    }

    /// <summary>Reads an open blob to its end, which is where a read gives nothing, whatever its length says.</summary>
    public static async Task<byte[]> ReadAllAsync(this OpenBlob blob, int pieceSize = 64 << 10)
    {
        using var all = new MemoryStream();
        var piece = new byte[pieceSize];
        int count;
        while ((count = await blob.ReadAsync(all.Length, piece, CancellationToken.None)) > 0)
            all.Write(piece, 0, count);
        return all.ToArray();
    }

    public static async Task<bool> HasAsync(this IBlobStore store, Digest digest)
    {
        await using var blob = await store.OpenAsync(digest, CancellationToken.None);
        return blob is not null;
    }

    /// <summary>Lists to the end, page by page.</summary>
    public static async Task<List<BlobInfo>> ListAllAsync(this IBlobStore store, int pageSize)
    {
        var all = new List<BlobInfo>();
        Digest? after = null;
        do
        {
            var page = await store.ListAsync(after, pageSize, CancellationToken.None);
            all.AddRange(page.Blobs);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }
}

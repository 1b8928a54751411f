using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>Pages through a store on disk: whole shards by name until the page is full, and a stat for what is on it.</summary>
internal static class DiskListing
{
    internal static BlobPage Page(BlobLayout layout, Digest? after, int limit, CancellationToken ct)
    {
        var page = new List<BlobInfo>(Math.Min(limit, 1000));
        foreach (var shard in layout.Shards())
        {
            if (after is { } start && string.CompareOrdinal(shard, BlobLayout.ShardOf(start)) < 0)
                continue;

            foreach (var digest in InOrder(layout, shard, after))
            {
                ct.ThrowIfCancellationRequested();
                if (Posix.StatusOf(layout.PathOf(digest)) is not { IsRegularFile: true } status)
                    continue; // removed since, or no blob
                if (page.Count == limit)
                    return new BlobPage(page, page[^1].Digest);
                page.Add(new BlobInfo(digest, status.Size, status.Modified));
            }
        }

        return new BlobPage(page, null);
    }

    private static Digest[] InOrder(BlobLayout layout, string shard, Digest? after)
    {
        try
        {
            return [.. layout.DigestsIn(shard)
                .Where(d => after is not { } start || string.CompareOrdinal(d.Hex, start.Hex) > 0)
                .OrderBy(d => d.Hex, StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return []; // its last blob was removed since
        }
    }
}

using System.IO.Enumeration;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Pages through a store on disk: the names of one shard after the other until the page is full, and a stat for what is
/// on it. So a page costs the reading of its shards' folders, 1/256 of the store each, and no more.
/// </summary>
internal static class DiskListing
{
    internal static BlobPage Page(BlobLayout layout, Digest? after, int limit, CancellationToken ct)
    {
        layout.RequireStore();
        var page = new List<BlobInfo>(Math.Min(limit, 1000));
        foreach (var shard in layout.Shards())
        {
            if (after is { } start && string.CompareOrdinal(shard, BlobLayout.ShardOf(start)) < 0)
                continue;

            // A name may turn out to be none of a blob, or to be gone: then the shard is read on from there.
            var last = after?.Hex;
            List<string> names;
            while ((names = Posix.Uninterrupted(() => FirstNames(layout, shard, last, limit + 1 - page.Count))).Count > 0)
            {
                last = names[^1];
                foreach (var name in names)
                {
                    ct.ThrowIfCancellationRequested();
                    if (layout.TryParse(shard, name) is not { } digest
                        || Posix.LStat(layout.PathOf(digest)) is not { IsRegularFile: true } status)
                        continue;
                    if (page.Count == limit)
                        return new BlobPage(page, page[^1].Digest);
                    page.Add(new BlobInfo(digest, status.Size, status.Modified));
                }
            }
        }

        return new BlobPage(page, null);
    }

    /// <summary>The first so many names of a shard after one, in order; no more are kept in memory.</summary>
    private static List<string> FirstNames(BlobLayout layout, string shard, string? after, int count)
    {
        var first = new PriorityQueue<string, string>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a)));
        try
        {
            foreach (var name in Names(layout, shard, after))
            {
                if (first.Count < count)
                    first.Enqueue(name, name);
                else
                    first.EnqueueDequeue(name, name);
            }
        }
        catch (DirectoryNotFoundException)
        {
            return []; // its last blob was removed since
        }

        var ordered = new List<string>(first.Count);
        while (first.TryDequeue(out var name, out _))
            ordered.Add(name);
        ordered.Reverse();
        return ordered;
    }

    private static FileSystemEnumerable<string> Names(BlobLayout layout, string shard, string? after) =>
        new(layout.ShardFolder(shard), (ref FileSystemEntry entry) => entry.FileName.ToString())
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => entry.FileName.Length == layout.Kind.HexLength
                && (after is null || entry.FileName.CompareTo(after, StringComparison.Ordinal) > 0),
        };
}

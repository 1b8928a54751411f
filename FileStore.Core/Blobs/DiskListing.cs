using System.IO.Enumeration;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Pages through a store on disk: reads the names of one shard after the other until the page is full, and stats the blobs
/// on the page. So a page costs reading the directories of its shards, each 1/256 of the store.
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

            // A name may not be a blob's, or be gone by now. Then reading goes on after the names seen so far.
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

    /// <summary>
    /// The first names of a shard after a given one, in order. At most <paramref name="count"/> are held in memory.
    /// </summary>
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
            return []; // its last blob was removed in the meantime
        }

        var ordered = new List<string>(first.Count);
        while (first.TryDequeue(out var name, out _))
            ordered.Add(name);
        ordered.Reverse();
        return ordered;
    }

    private static FileSystemEnumerable<string> Names(BlobLayout layout, string shard, string? after) =>
        new(layout.ShardDirectory(shard), (ref FileSystemEntry entry) => entry.FileName.ToString())
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => entry.FileName.Length == layout.Kind.HexLength
                && (after is null || entry.FileName.CompareTo(after, StringComparison.Ordinal) > 0),
        };
}

using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Where things lie in a store on disk, and the only place that knows: <c>ab/abcdef…</c> for a blob,
/// and names with a leading dot, which no digest has, for everything else.
/// </summary>
internal sealed class BlobLayout(string root, HashKind kind)
{
    internal string Root { get; } = Path.GetFullPath(root);

    internal HashKind Kind { get; } = kind;

    /// <summary>Uploads that are not whole yet. On the store's own file system, so that a rename can publish them.</summary>
    internal string Incoming => Path.Join(Root, ".incoming");

    internal string Marker => Path.Join(Root, ".filestore.json");

    internal string Lock => Path.Join(Root, ".lock");

    internal static string ShardOf(Digest digest) => digest.Hex[..2];

    internal string ShardFolder(string shard) => Path.Join(Root, shard);

    internal string FolderOf(Digest digest) => ShardFolder(ShardOf(digest));

    internal string PathOf(Digest digest) => Path.Join(Root, ShardOf(digest), digest.Hex);

    internal string NewIncoming() => Path.Join(Incoming, $"{Guid.NewGuid():N}.tmp");

    /// <summary>The names of the shards that exist, in order.</summary>
    internal string[] Shards() =>
        [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(IsShard).Order(StringComparer.Ordinal)];

    /// <summary>The digests of a shard's files, in no order. Files that are not named as blobs are passed over.</summary>
    internal IEnumerable<Digest> DigestsIn(string shard)
    {
        foreach (var path in Directory.EnumerateFiles(ShardFolder(shard)))
        {
            var name = Path.GetFileName(path);
            if (Digest.TryParse(Kind, name, out var digest) && digest.Hex == name && ShardOf(digest) == shard)
                yield return digest;
        }
    }

    private static bool IsShard(string name) => name.Length == 2 && !name.AsSpan().ContainsAnyExcept(LowerHex);

    private static readonly System.Buffers.SearchValues<char> LowerHex = System.Buffers.SearchValues.Create("0123456789abcdef");
}

using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

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

    internal string PathOf(Digest digest) => Path.Join(Root, ShardOf(digest), digest.Hex);

    /// <summary>Creates a file, read-only to others than the daemon: it keeps these permissions as a blob.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    internal static SafeFileHandle CreateFile(string path) =>
        Posix.TryOpen(path, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, mode: 0x124)
            ?? throw Posix.Failure("create", path, errno);

    internal string NewIncoming() => Path.Join(Incoming, $"{Guid.NewGuid():N}.tmp");

    /// <summary>
    /// To be asked before anything is said to be absent: where a file system was unmounted or a folder moved away,
    /// everything is, and nobody should conclude that it was deleted.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">The store is not there.</exception>
    internal void RequireStore()
    {
        if (Posix.LStat(Marker) is null)
            throw new DirectoryNotFoundException($"the store '{Root}' is gone: it has no {Path.GetFileName(Marker)}");
    }

    /// <summary>The names of the shards that exist, in order.</summary>
    internal string[] Shards() => Posix.Uninterrupted<string[]>(() =>
        [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(IsShard).Order(StringComparer.Ordinal)]);

    /// <summary>The digest that a file's name in a shard stands for; null if no blob has this name, or not here.</summary>
    internal Digest? TryParse(string shard, string name) =>
        Digest.TryParse(Kind, name, out var digest) && digest.Hex == name && ShardOf(digest) == shard ? digest : null;

    private static bool IsShard(string name) => name.Length == 2 && !name.AsSpan().ContainsAnyExcept(LowerHex);

    private static readonly System.Buffers.SearchValues<char> LowerHex = System.Buffers.SearchValues.Create("0123456789abcdef");
}

using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>
/// The paths of a store on disk: <c>ab/abcdef…</c> for a blob, and names with a leading dot, which no digest has, for
/// everything else. No other class knows them.
/// </summary>
internal sealed class BlobLayout(string root, HashKind kind)
{
    internal string Root { get; } = Path.GetFullPath(root);

    internal HashKind Kind { get; } = kind;

    /// <summary>The directory of unfinished uploads. It is on the store's file system, so that a rename publishes them.</summary>
    internal string Incoming => Path.Join(Root, ".incoming");

    internal string Marker => Path.Join(Root, ".filestore.json");

    internal string Lock => Path.Join(Root, ".lock");

    internal static string ShardOf(Digest digest) => digest.Hex[..2];

    internal string ShardDirectory(string shard) => Path.Join(Root, shard);

    internal string PathOf(Digest digest) => Path.Join(Root, ShardOf(digest), digest.Hex);

    /// <summary>Creates a file that only its owner can write. A blob keeps these permissions.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    internal static SafeFileHandle CreateFile(string path) =>
        Posix.TryOpen(path, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, mode: 0x124)
            ?? throw Posix.Failure("create", path, errno);

    internal string NewIncomingPath() => Path.Join(Incoming, $"{Guid.NewGuid():N}.tmp");

    /// <summary>
    /// Must be called before a blob is reported as missing: in an unmounted or moved store all of them are missing, and
    /// nobody should conclude that they were deleted.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">The store is gone.</exception>
    internal void RequireStore()
    {
        if (Posix.LStat(Marker) is null)
            throw new DirectoryNotFoundException($"the store '{Root}' is gone: it has no {Path.GetFileName(Marker)}");
    }

    /// <summary>The names of the existing shards, in order.</summary>
    internal string[] Shards() => Posix.Uninterrupted<string[]>(() =>
        [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(IsShard).Order(StringComparer.Ordinal)]);

    /// <summary>Parses the name of a file in a shard. Null if no blob has this name, or it belongs to another shard.</summary>
    internal Digest? TryParse(string shard, string name) =>
        Digest.TryParse(Kind, name, out var digest) && digest.Hex == name && ShardOf(digest) == shard ? digest : null;

    private static bool IsShard(string name) => name.Length == 2 && !name.AsSpan().ContainsAnyExcept(LowerHex);

    private static readonly System.Buffers.SearchValues<char> LowerHex = System.Buffers.SearchValues.Create("0123456789abcdef");
}

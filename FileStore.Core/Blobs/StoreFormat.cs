using System.Text.Json;
using System.Text.Json.Nodes;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// What makes a folder a store: a marker that fixes the hash kind for good, and a lock that keeps other daemons out.
/// A folder of blobs without a marker, as the source system leaves it, is taken over as it lies.
/// </summary>
internal static class StoreFormat
{
    private const int Version = 1;
    private const int MaxMarker = 1 << 16;

    /// <summary>Makes or opens the store's folders and takes its lock, which the caller disposes.</summary>
    /// <exception cref="StoreOpenException">It cannot be used as asked, and why.</exception>
    internal static FileLock Open(BlobLayout layout)
    {
        if (ValidateFolder(layout) is { } fault)
            throw new StoreOpenException(fault);
        try
        {
            MakeDurableFolder(layout.Root);
            var storeLock = FileLock.TryAcquire(layout.Lock, removeOnRelease: false)
                ?? throw new StoreOpenException(InUse(layout));
            try
            {
                CheckKind(layout);
                Folder.Make(layout.Incoming);
                return storeLock;
            }
            catch
            {
                storeLock.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StoreOpenException($"the store '{layout.Root}' cannot be made: '{Path.GetDirectoryName(layout.Root)}' takes no directories", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException($"the store '{layout.Root}' is not writable: {e.Message}", e);
        }
    }

    /// <summary>A store that is new must not vanish in a power cut together with what it has acknowledged.</summary>
    private static void MakeDurableFolder(string path)
    {
        if (Directory.Exists(path) || Path.GetDirectoryName(path) is not { } parent)
            return;
        MakeDurableFolder(parent);
        Directory.CreateDirectory(path);
        Posix.SyncFolder(parent);
    }

    /// <summary>Writes a file and removes it. A whole block, since a full disk still makes empty files.</summary>
    /// <exception cref="IOException">It cannot be done.</exception>
    internal static void TryWrite(BlobLayout layout)
    {
        var path = layout.NewIncoming();
        try
        {
            using var probe = DiskBlobStore.Create(path);
            Posix.Write(probe, new byte[4096], 0, path);
        }
        finally
        {
            Posix.UnlinkQuietly(path);
        }
    }

    /// <summary>A store that is full may still be read and emptied; one that may not be written is a mistake.</summary>
    internal static void RequireWritable(BlobLayout layout)
    {
        try
        {
            TryWrite(layout);
        }
        catch (IOException e) when (DiskFaults.IsNoRoom(e))
        {
            // As said above.
        }
    }

    private static string InUse(BlobLayout layout) =>
        $"the store '{layout.Root}' is in use by another daemon ({FileLock.HolderOf(layout.Lock)?.ToString() ?? "pid unknown"})";

    /// <summary>Fixes the hash of a new store; refuses another than the one that names the files of an old store.</summary>
    private static void CheckKind(BlobLayout layout)
    {
        if (ValidateKind(layout) is { } fault)
            throw new StoreOpenException(fault);
        if (!HasMarker(layout))
            WriteMarker(layout);
    }

    /// <summary>Whether there is no store yet, neither one of ours nor one without a marker. Changes nothing.</summary>
    internal static bool IsNew(BlobLayout layout) => !Directory.Exists(layout.Root) || (!HasMarker(layout) && GuessKind(layout) is null);

    /// <summary>Why the store cannot be used as asked: something else is at its place, or it has another hash. Null if it can, or can be made.</summary>
    /// <exception cref="StoreOpenException">The marker is damaged.</exception>
    internal static string? ValidateKind(BlobLayout layout)
    {
        if (!Directory.Exists(layout.Root))
            return ValidateFolder(layout);
        var kind = HasMarker(layout) ? ReadMarker(layout) : GuessKind(layout);
        return kind is null || kind == layout.Kind
            ? null
            : $"the store '{layout.Root}' names its files by {kind}; start with --hash {kind}, or give another --store for {layout.Kind}";
    }

    /// <summary>Why the store's folder can neither be used nor made; null if nothing is in the way.</summary>
    private static string? ValidateFolder(BlobLayout layout)
    {
        if (Directory.Exists(layout.Root))
            return null;
        if (Posix.LStat(layout.Root) is not null) // a link that leads nowhere counts
            return $"the store '{layout.Root}' is not a directory";
        var path = Path.GetDirectoryName(Path.GetFullPath(layout.Root));
        while (path is not null && !Path.Exists(path))
            path = Path.GetDirectoryName(path);
        return path is null || Directory.Exists(path) ? null
            : $"the store '{layout.Root}' cannot be made: '{path}' is not a directory";
    }

    /// <summary>A marker that the disk does not give is there all the same, and is not to be written anew.</summary>
    /// <exception cref="IOException">That cannot be told.</exception>
    private static bool HasMarker(BlobLayout layout) => Posix.LStatFull(layout.Marker) is not null;

    private static HashKind ReadMarker(BlobLayout layout)
    {
        try
        {
            var marker = JsonNode.Parse(DurableFile.TryRead(layout.Marker, MaxMarker, out _) ?? []);
            if (marker?["format"]?.GetValue<int>() is { } version and not Version)
                throw new StoreOpenException($"'{layout.Marker}' is of format {version}; this program knows format {Version}");
            if (HashKind.TryParse(marker?["hash"]?.GetValue<string>(), out var kind))
                return kind;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            // Said below, as for a marker that lacks its hash.
        }
        catch (IOException e)
        {
            throw new StoreOpenException($"the marker of the store cannot be read: {e.Message}. It says which hash names the files; start again once it can be read", e);
        }

        throw new StoreOpenException(
            $"'{layout.Marker}' is damaged: it should read {{\"format\":{Version},\"hash\":\"sha256\"}} with the store's own hash");
    }

    private static void WriteMarker(BlobLayout layout)
    {
        var text = $"{{\"format\":{Version},\"hash\":\"{layout.Kind}\"}}\n";
        DurableFile.Replace(layout.Marker, System.Text.Encoding.ASCII.GetBytes(text), (UnixFileMode)0x1A4);
    }

    /// <summary>The kind of the first file that is named like a blob of any kind; null in an empty store.</summary>
    private static HashKind? GuessKind(BlobLayout layout) =>
        (from shard in layout.Shards()
         from path in Directory.EnumerateFiles(layout.ShardFolder(shard))
         let name = Path.GetFileName(path)
         let kind = HashKind.OfHexLength(name.Length)
         where kind is not null && name.StartsWith(shard, StringComparison.Ordinal) && Digest.TryParse(kind, name, out _)
         select kind).FirstOrDefault();
}

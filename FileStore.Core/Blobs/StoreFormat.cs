using System.Text.Json;
using System.Text.Json.Nodes;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// What makes a directory a store: a marker that fixes the hash kind, and a lock that excludes other daemons. A directory
/// of blobs without a marker, as the original system leaves it, is taken over.
/// </summary>
internal static class StoreFormat
{
    private const int Version = 1;
    private const int MaxMarkerBytes = 1 << 16;

    /// <summary>Creates or opens the store's directories and takes its lock, which the caller disposes.</summary>
    /// <exception cref="StoreOpenException">The directory cannot be used; the message says why.</exception>
    internal static FileLock Open(BlobLayout layout)
    {
        if (ValidateDirectory(layout) is { } fault)
            throw new StoreOpenException(fault);
        try
        {
            CreateDurableDirectory(layout.Root);
            var storeLock = FileLock.TryAcquire(layout.Lock, removeOnRelease: false)
                ?? throw new StoreOpenException(InUseMessage(layout));
            try
            {
                CheckKind(layout);
                Directories.Create(layout.Incoming);
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
            throw new StoreOpenException($"the store '{layout.Root}' cannot be created: '{Path.GetDirectoryName(layout.Root)}' does not accept directories", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException($"the store '{layout.Root}' is not writable: {e.Message}", e);
        }
    }

    /// <summary>A new store must not vanish in a power failure together with what it has acknowledged.</summary>
    private static void CreateDurableDirectory(string path)
    {
        if (Directory.Exists(path) || Path.GetDirectoryName(path) is not { } parent)
            return;
        CreateDurableDirectory(parent);
        Directory.CreateDirectory(path);
        Posix.SyncDirectory(parent);
    }

    /// <summary>Writes a file and deletes it. It has a whole block, since a full disk still creates empty files.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static void WriteProbe(BlobLayout layout)
    {
        var path = layout.NewIncomingPath();
        try
        {
            using var probe = BlobLayout.CreateFile(path);
            Posix.Write(probe, new byte[4096], 0, path);
        }
        finally
        {
            Posix.UnlinkQuietly(path);
        }
    }

    /// <summary>A full store can still be read and emptied. One without write permission is a mistake.</summary>
    internal static void RequireWritable(BlobLayout layout)
    {
        try
        {
            WriteProbe(layout);
        }
        catch (IOException e) when (DiskFaults.IsNoRoom(e))
        {
            // A full disk is accepted.
        }
    }

    private static string InUseMessage(BlobLayout layout) =>
        $"the store '{layout.Root}' is in use by another daemon ({FileLock.HolderOf(layout.Lock)?.ToString() ?? "pid unknown"})";

    /// <summary>Fixes the hash of a new store; rejects a hash other than the existing store's.</summary>
    private static void CheckKind(BlobLayout layout)
    {
        if (ValidateKind(layout) is { } fault)
            throw new StoreOpenException(fault);
        if (!HasMarker(layout))
            WriteMarker(layout);
    }

    /// <summary>Whether there is no store yet, with or without a marker. Changes nothing.</summary>
    internal static bool IsNew(BlobLayout layout) => !Directory.Exists(layout.Root) || (!HasMarker(layout) && GuessKind(layout) is null);

    /// <summary>Checks the directory and the hash kind. Null if the store can be used or created, or else what is wrong.</summary>
    /// <exception cref="StoreOpenException">The marker is damaged.</exception>
    internal static string? ValidateKind(BlobLayout layout)
    {
        if (!Directory.Exists(layout.Root))
            return ValidateDirectory(layout);
        var kind = HasMarker(layout) ? ReadMarker(layout) : GuessKind(layout);
        return kind is null || kind == layout.Kind
            ? null
            : $"the store '{layout.Root}' uses {kind}; start with --hash {kind}, or use another --store for {layout.Kind}";
    }

    /// <summary>Checks the directory alone. Null if it can be used or created.</summary>
    private static string? ValidateDirectory(BlobLayout layout)
    {
        if (Directory.Exists(layout.Root))
            return null;
        if (Posix.LStat(layout.Root) is not null) // a dangling link counts
            return $"the store '{layout.Root}' is not a directory";
        var path = Path.GetDirectoryName(Path.GetFullPath(layout.Root));
        while (path is not null && !Path.Exists(path))
            path = Path.GetDirectoryName(path);
        return path is null || Directory.Exists(path) ? null
            : $"the store '{layout.Root}' cannot be created: '{path}' is not a directory";
    }

    /// <summary>A marker that cannot be read exists all the same, and must not be rewritten.</summary>
    /// <exception cref="IOException">The marker cannot be examined.</exception>
    private static bool HasMarker(BlobLayout layout) => Posix.StatFull(layout.Marker) is not null;

    private static HashKind ReadMarker(BlobLayout layout)
    {
        try
        {
            var marker = JsonNode.Parse(DurableFile.TryRead(layout.Marker, MaxMarkerBytes, out _) ?? []);
            if (marker?["format"]?.GetValue<int>() is { } version and not Version)
                throw new StoreOpenException($"'{layout.Marker}' has format {version}; this program supports format {Version}");
            if (HashKind.TryParse(marker?["hash"]?.GetValue<string>(), out var kind))
                return kind;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            // Reported below, like a missing hash.
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
         from path in Directory.EnumerateFiles(layout.ShardDirectory(shard))
         let name = Path.GetFileName(path)
         let kind = HashKind.OfHexLength(name.Length)
         where kind is not null && name.StartsWith(shard, StringComparison.Ordinal) && Digest.TryParse(kind, name, out _)
         select kind).FirstOrDefault();
}

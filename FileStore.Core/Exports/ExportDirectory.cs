using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>A file in a listing. <paramref name="Size"/> is in bytes.</summary>
public readonly record struct ExportEntry(string Name, long Size);

/// <summary>
/// An exported directory that is held open. Every name is a single step from it and no link is followed, so no file outside
/// can be reached, whatever is renamed or replaced. All calls may block. The caller disposes it.
/// </summary>
internal sealed class ExportDirectory : IDisposable
{
    private readonly SafeFileHandle _handle;

    private ExportDirectory(SafeFileHandle handle) => _handle = handle;

    /// <exception cref="IOException">The directory does not exist or cannot be opened.</exception>
    internal static ExportDirectory Open(string path) =>
        new(Posix.TryOpen(path, Posix.OReadOnly | Posix.ODirectory, out var errno) ?? throw Posix.Failure("open", path, errno));

    /// <summary>A path to the open directory, valid even after it is renamed (proc(5)).</summary>
    private string SelfPath => Posix.PathOf(_handle);

    /// <summary>Opens a file. Null if there is no regular file of this name.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal SafeFileHandle? TryOpen(string name, out Posix.FileStatus status)
    {
        status = default;
        if (!PublicName.IsValid(name))
            return null;
        // Opening a FIFO may block, and opening a device may trigger it. O_PATH has no such side effects (open(2)).
        using var pathHandle = Posix.TryOpen(PathOf(name), Posix.OPath | Posix.ONoFollow, out var errno);
        if (pathHandle is null)
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Enametoolong ? null : throw Posix.Failure("open", name, errno);
        if (!Posix.FStat(pathHandle, name).IsRegularFile)
            return null;
        var handle = Posix.TryOpen(Posix.PathOf(pathHandle), Posix.OReadOnly | Posix.ONonBlocking, out errno) ?? throw Posix.Failure("open", name, errno);
        try
        {
            status = Posix.FStatFull(handle, name);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The metadata of a name, without following links. Null if it does not exist.</summary>
    private Posix.FileStatus? LStat(string name) => Posix.LStat(PathOf(name));

    /// <summary>Lists matching files by name.</summary>
    internal List<ExportEntry> List(NamePattern pattern)
    {
        var entries = new List<ExportEntry>();
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFileSystemEntries(SelfPath)))
        {
            var name = Path.GetFileName(path);
            if (PublicName.IsValid(name) && pattern.Matches(name) && LStat(name) is { IsRegularFile: true } status)
                entries.Add(new ExportEntry(name, status.Size));
        }

        entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return entries;
    }

    /// <summary>Deletes a file. False if there is no regular file of this name.</summary>
    internal bool TryRemove(string name) =>
        PublicName.IsValid(name) && LStat(name) is { IsRegularFile: true } && Posix.TryUnlink(PathOf(name));

    /// <summary>Creates a hidden file for <see cref="Publish"/>. It is locked while it is open.</summary>
    internal SafeFileHandle CreateUnfinished(string unfinished)
    {
        var handle = Posix.TryOpen(PathOf(unfinished), Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, mode: 0x1B6)
            ?? throw Posix.Failure("create", unfinished, errno);
        try
        {
            Posix.TryLockWhole(handle, unfinished);
            return handle;
        }
        catch
        {
            handle.Dispose();
            DeleteUnfinished(unfinished);
            throw;
        }
    }

    /// <summary>Renames a complete file to its public name, replacing an existing file.</summary>
    internal void Publish(SafeFileHandle file, string unfinished, string name)
    {
        Posix.Sync(file, unfinished);
        Posix.RenameOver(PathOf(unfinished), PathOf(name));
        Posix.SyncDirectory(SelfPath);
    }

    internal void DeleteUnfinished(string unfinished) => Posix.UnlinkQuietly(PathOf(unfinished));

    /// <summary>Deletes unfinished files whose writers are gone.</summary>
    /// <returns>How many there were.</returns>
    internal int DeleteAbandoned(string ending)
    {
        var removed = 0;
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFiles(SelfPath, $".*{ending}")))
        {
            using var handle = Posix.TryOpen(path, Posix.OReadOnly | Posix.ONoFollow | Posix.ONonBlocking, out _);
            if (handle is not null && Posix.FStat(handle, path).IsRegularFile && Posix.TryLockWhole(handle, path) && Posix.TryUnlink(path))
                removed++;
        }

        return removed;
    }

    public void Dispose() => _handle.Dispose();

    private string PathOf(string name) => Path.Join(SelfPath, name);
}

using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Exports;

/// <summary>A file as a listing has it; <paramref name="Size"/> is in bytes.</summary>
public readonly record struct ExportEntry(string Name, long Size);

/// <summary>
/// An exported directory, held open. Every name is one step from there that follows no link, so nothing outside can be
/// reached, whatever is renamed or replaced meanwhile. All calls may wait for the disk. Disposing closes it.
/// </summary>
internal sealed class ExportDirectory : IDisposable
{
    private readonly SafeFileHandle _handle;

    private ExportDirectory(SafeFileHandle handle) => _handle = handle;

    /// <exception cref="IOException">It is not there, or not to be had.</exception>
    internal static ExportDirectory Open(string path) =>
        new(Posix.TryOpen(path, Posix.OReadOnly | Posix.ODirectory, out var errno) ?? throw Posix.Failure("open", path, errno));

    /// <summary>The directory itself, by the handle: the same wherever its path leads by now (proc(5)).</summary>
    private string Self => Posix.PathOf(_handle);

    /// <summary>Opens a file; null if no regular file has this name.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal SafeFileHandle? TryOpen(string name, out Posix.FileStatus status)
    {
        status = default;
        if (!PublicName.IsValid(name))
            return null;
        // To open a FIFO may wait, and to open a device may set it going; to take hold of them does nothing (open(2), O_PATH).
        using var held = Posix.TryOpen(PathOf(name), Posix.OPath | Posix.ONoFollow, out var errno);
        if (held is null)
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Enametoolong ? null : throw Posix.Failure("open", name, errno);
        if (!Posix.FStat(held, name).IsRegularFile)
            return null;
        var handle = Posix.TryOpen(Posix.PathOf(held), Posix.OReadOnly | Posix.ONonBlocking, out errno) ?? throw Posix.Failure("open", name, errno);
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

    /// <summary>The state of what has this name, a link not followed; null if nothing has it.</summary>
    private Posix.FileStatus? StatusOf(string name) => Posix.LStat(PathOf(name));

    /// <summary>The files that are meant, by name.</summary>
    internal List<ExportEntry> List(NamePattern pattern)
    {
        var entries = new List<ExportEntry>();
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFileSystemEntries(Self)))
        {
            var name = Path.GetFileName(path);
            if (PublicName.IsValid(name) && pattern.Matches(name) && StatusOf(name) is { IsRegularFile: true } status)
                entries.Add(new ExportEntry(name, status.Size));
        }

        entries.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return entries;
    }

    /// <summary>Removes a file. False if no regular file has this name.</summary>
    internal bool TryRemove(string name) =>
        PublicName.IsValid(name) && StatusOf(name) is { IsRegularFile: true } && Posix.TryUnlink(PathOf(name));

    /// <summary>Makes a file that has no public name yet, for <see cref="Publish"/>; locked for as long as it is open.</summary>
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
            Discard(unfinished);
            throw;
        }
    }

    /// <summary>Gives a whole file its name, in the place of a file that has it already.</summary>
    internal void Publish(SafeFileHandle file, string unfinished, string name)
    {
        Posix.Sync(file, unfinished);
        Posix.RenameOver(PathOf(unfinished), PathOf(name));
        Posix.SyncFolder(Self);
    }

    internal void Discard(string unfinished) => Posix.UnlinkQuietly(PathOf(unfinished));

    /// <summary>Removes unfinished files that nobody is writing any more.</summary>
    /// <returns>How many there were.</returns>
    internal int Sweep(string ending)
    {
        var removed = 0;
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFiles(Self, $".*{ending}")))
        {
            using var handle = Posix.TryOpen(path, Posix.OReadOnly | Posix.ONoFollow | Posix.ONonBlocking, out _);
            if (handle is not null && Posix.FStat(handle, path).IsRegularFile && Posix.TryLockWhole(handle, path) && Posix.TryUnlink(path))
                removed++;
        }

        return removed;
    }

    public void Dispose() => _handle.Dispose();

    private string PathOf(string name) => Path.Join(Self, name);
}

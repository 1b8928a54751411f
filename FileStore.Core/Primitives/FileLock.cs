using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// A file that is locked for as long as one process lives and that holds this process's id as a line of text.
/// The lock, not the text, says whether the holder lives: the kernel drops it however the process ends, so a file
/// left by a crash, or whose number is now another program's, is simply free. Disposing removes the file if asked.
/// A second lock, on the file's name in its folder, lasts when somebody removes the file.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly SafeFileHandle? _folder;
    private readonly bool _removeOnRelease;

    private FileLock(string path, SafeFileHandle handle, SafeFileHandle? folder, bool removeOnRelease)
    {
        _path = path;
        _handle = handle;
        _folder = folder;
        _removeOnRelease = removeOnRelease;
    }

    /// <summary>Takes the lock and writes our process id. Null if another process, or another part of ours, holds it.</summary>
    /// <param name="path">The file; made (mode 0644 less the umask) if it is not there. Its folder must exist.</param>
    /// <param name="removeOnRelease">Whether the file goes when the lock is released, as a PID file does.</param>
    /// <exception cref="IOException">The file cannot be opened or written, or is no regular file.</exception>
    public static FileLock? TryAcquire(string path, bool removeOnRelease)
    {
        while (true)
        {
            var handle = Open(path, Posix.OReadWrite | Posix.OCreate, out var errno) ?? throw Posix.Failure("open", path, errno);
            SafeFileHandle? folder = null;
            var taken = false;
            try
            {
                if (!Posix.TryLock(handle, path))
                    return null;

                // The holder before us may have removed the file between our open and our lock: what we hold then
                // is a file without a name, which protects nothing.
                if (Posix.LStat(path)?.Inode != Posix.FStat(handle, path).Inode)
                    continue;

                folder = FolderOf(path);
                if (folder is not null && Posix.IsByteLocked(folder, PlaceOf(path)))
                {
                    if (removeOnRelease)
                        Posix.UnlinkQuietly(path); // it is ours, and of no use beside a holder whose file is gone
                    return null;
                }

                if (folder is not null)
                    Posix.LockByte(folder, PlaceOf(path));
                WriteProcessId(handle, path);
                taken = true;
                return new FileLock(path, handle, folder, removeOnRelease);
            }
            finally
            {
                if (!taken)
                {
                    folder?.Dispose();
                    handle.Dispose();
                }
            }
        }
    }

    /// <summary>The living holder; null if nobody holds the lock or there is no such file.</summary>
    /// <exception cref="IOException">The file is there but cannot be read, or is no regular file.</exception>
    public static LockHolder? HolderOf(string path)
    {
        if (HolderOfFile(path) is { } holder)
            return holder;
        using var folder = FolderOf(path);
        return folder is not null && Posix.IsByteLocked(folder, PlaceOf(path)) ? LockHolder.Search(folder, path, PlaceOf(path)) : null;
    }

    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        try
        {
            if (_folder is not null)
                Posix.UnlockByte(_folder, PlaceOf(_path)); // before the file: who has that is let in

            // The name may be another's by now: who removes our file lets others take a lock of that name.
            if (_removeOnRelease && Posix.LStat(_path)?.Inode == Posix.FStat(_handle, _path).Inode)
                Posix.TryUnlink(_path);
        }
        catch (IOException)
        {
            // The folder is not ours to change: the file stays, unlocked, which is all that counts.
        }
        finally
        {
            Posix.Unlock(_handle);
            _handle.Dispose();
            _folder?.Dispose();
        }
    }

    private static LockHolder? HolderOfFile(string path)
    {
        // A holder writes its id just after it has the lock, so an empty file is worth another look.
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var handle = Open(path, Posix.OReadOnly, out _);
            if (handle is null || !Posix.IsLocked(handle, path))
                return null;
            if (Posix.LockingProcess(handle, path) is { } process)
                return new LockHolder(process > 0 ? process : null);

            // It is us, or a holder that has lost the one lock which names it: the kernel drops that when the holder closes
            // the file anywhere else, as when an export sends it.
            if (ReadProcessId(handle, path) is { } pid && LockHolder.HasLocked(pid, Posix.FStat(handle, path).Inode, place: 0))
                return new LockHolder(pid);
            Thread.Sleep(10);
        }

        return default(LockHolder);
    }

    /// <summary>Opens the file, but never another in its place: no link is followed, and no FIFO waited for. Null if it is not there.</summary>
    private static SafeFileHandle? Open(string path, int flags, out int errno)
    {
        if (Posix.LStat(path) is { IsRegularFile: false } other)
            throw new IOException($"'{path}' is {(other.IsLink ? "a symbolic link" : "not a regular file")}; a file that is locked has to be one");
        var handle = Posix.TryOpen(path, flags | Posix.ONoFollow | Posix.ONonBlocking, out errno, mode: 0x1A4);
        return handle is not null || errno is Posix.Enoent or Posix.Enotdir ? handle : throw Posix.Failure("open", path, errno);
    }

    private static SafeFileHandle? FolderOf(string path) =>
        Posix.TryOpen(Path.GetDirectoryName(Path.GetFullPath(path))!, Posix.OReadOnly | Posix.ODirectory, out _);

    /// <summary>Where the folder is locked for a name: a number that the name always has (FNV-1a).</summary>
    private static long PlaceOf(string path)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(Path.GetFileName(path)))
            hash = (hash ^ octet) * 1099511628211UL;
        return (long)(hash >> 2);
    }

    private static int? ReadProcessId(SafeFileHandle handle, string path)
    {
        Span<byte> text = stackalloc byte[16];
        var length = Posix.Read(handle, text, 0, path);
        return int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }

    /// <summary>A full disk is no reason to fail: the text is for people, the lock is what counts.</summary>
    private static void WriteProcessId(SafeFileHandle handle, string path)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        try
        {
            Posix.Write(handle, text, 0, path);
            Posix.SetLength(handle, text.Length, path);
        }
        catch (IOException e) when (DiskFaults.IsNoRoom(e))
        {
            // As said above.
        }
    }
}

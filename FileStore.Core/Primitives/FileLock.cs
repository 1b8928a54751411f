using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// A lock file that contains the holder's process id as a line of text. Only the lock says whether the holder lives, not
/// the text: the kernel releases it however the process ends, so a file left by a crash, or with a recycled process id, is
/// free. A second lock, on the file's name in its directory, holds even if the file is deleted.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly SafeFileHandle? _directory;
    private readonly bool _removeOnRelease;

    private FileLock(string path, SafeFileHandle handle, SafeFileHandle? directory, bool removeOnRelease)
    {
        _path = path;
        _handle = handle;
        _directory = directory;
        _removeOnRelease = removeOnRelease;
    }

    /// <summary>Takes the lock and writes this process's id.</summary>
    /// <param name="path">
    /// The file. It is created (mode 0644 less the umask) if it does not exist. Its directory must exist.
    /// </param>
    /// <param name="removeOnRelease">Whether to delete the file on release, as for a PID file.</param>
    /// <returns>The lock, which the caller disposes; null if another process, or another part of this one, holds it.</returns>
    /// <exception cref="IOException">The file cannot be opened or written, or is not a regular file.</exception>
    public static FileLock? TryAcquire(string path, bool removeOnRelease)
    {
        while (true)
        {
            var handle = Open(path, Posix.OReadWrite | Posix.OCreate, out var errno) ?? throw Posix.Failure("open", path, errno);
            SafeFileHandle? directory = null;
            var isTaken = false;
            try
            {
                if (!Posix.TryLock(handle, path))
                    return null;

                // The previous holder may have deleted the file between our open and our lock. A lock on a file without a
                // name protects nothing.
                if (Posix.LStat(path)?.Inode != Posix.FStat(handle, path).Inode)
                    continue;

                directory = OpenDirectoryOf(path);
                if (directory is not null && Posix.IsByteLocked(directory, OffsetOf(path)))
                {
                    if (removeOnRelease)
                        Posix.UnlinkQuietly(path); // it is ours, and useless while another process holds the lock on the name
                    return null;
                }

                if (directory is not null)
                    Posix.LockByte(directory, OffsetOf(path));
                WriteProcessId(handle, path);
                isTaken = true;
                return new FileLock(path, handle, directory, removeOnRelease);
            }
            finally
            {
                if (!isTaken)
                {
                    directory?.Dispose();
                    handle.Dispose();
                }
            }
        }
    }

    /// <summary>Finds the process that holds a lock.</summary>
    /// <returns>The holder; null if nobody holds the lock, or the file does not exist.</returns>
    /// <exception cref="IOException">The file exists but cannot be read, or is not a regular file.</exception>
    public static LockHolder? HolderOf(string path)
    {
        if (HolderOfFile(path) is { } holder)
            return holder;
        using var directory = OpenDirectoryOf(path);
        return directory is not null && Posix.IsByteLocked(directory, OffsetOf(path)) ? LockHolder.Search(directory, path, OffsetOf(path)) : null;
    }

    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        try
        {
            if (_directory is not null)
                Posix.UnlockByte(_directory, OffsetOf(_path)); // before the lock on the file, which lets the next holder in

            // Delete only if the path is still our file.
            if (_removeOnRelease && Posix.LStat(_path)?.Inode == Posix.FStat(_handle, _path).Inode)
                Posix.TryUnlink(_path);
        }
        catch (IOException)
        {
            // No permission in the directory: the file stays, unlocked.
        }
        finally
        {
            Posix.Unlock(_handle);
            _handle.Dispose();
            _directory?.Dispose();
        }
    }

    private static LockHolder? HolderOfFile(string path)
    {
        // A holder writes its id just after it takes the lock, so an empty file is read again.
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var handle = Open(path, Posix.OReadOnly, out _);
            if (handle is null || !Posix.IsLocked(handle, path))
                return null;
            if (Posix.LockingProcess(handle, path) is { } process)
                return new LockHolder(process > 0 ? process : null);

            // Either this process, or a holder without its process lock: the kernel drops that lock when the holder closes
            // the file anywhere else, as when it serves the file as an export.
            if (ReadProcessId(handle, path) is { } pid && LockHolder.HasLocked(pid, Posix.FStat(handle, path).Inode, offset: 0))
                return new LockHolder(pid);
            Thread.Sleep(10);
        }

        return default(LockHolder);
    }

    /// <summary>Opens the file without following links and without waiting for a FIFO. Null if it does not exist.</summary>
    private static SafeFileHandle? Open(string path, int flags, out int errno)
    {
        if (Posix.LStat(path) is { IsRegularFile: false } other)
            throw new IOException($"'{path}' is {(other.IsLink ? "a symbolic link" : "not a regular file")}; a lock file must be a regular file");
        var handle = Posix.TryOpen(path, flags | Posix.ONoFollow | Posix.ONonBlocking, out errno, mode: 0x1A4);
        return handle is not null || errno is Posix.Enoent or Posix.Enotdir ? handle : throw Posix.Failure("open", path, errno);
    }

    private static SafeFileHandle? OpenDirectoryOf(string path) =>
        Posix.TryOpen(Path.GetDirectoryName(Path.GetFullPath(path))!, Posix.OReadOnly | Posix.ODirectory, out _);

    /// <summary>The byte of the directory that is locked for a name: the name's FNV-1a hash.</summary>
    private static long OffsetOf(string path)
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

    /// <summary>A full disk is no failure: the text is for people, the lock counts.</summary>
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
            // See above.
        }
    }
}

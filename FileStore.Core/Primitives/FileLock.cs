using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// A file that is locked for as long as one process lives and that holds this process's id as a line of text.
/// The lock, not the text, says whether the holder lives: the kernel drops it however the process ends, so a file
/// left by a crash, or whose number is now another program's, is simply free. Disposing removes the file if asked.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly bool _removeOnRelease;

    private FileLock(string path, SafeFileHandle handle, bool removeOnRelease)
    {
        _path = path;
        _handle = handle;
        _removeOnRelease = removeOnRelease;
    }

    /// <summary>Takes the lock and writes our process id. Null if another process, or another part of ours, holds it.</summary>
    /// <param name="path">The file; made (mode 0644 less the umask) if it is not there. Its folder must exist.</param>
    /// <param name="removeOnRelease">Whether the file goes when the lock is released, as a PID file does.</param>
    /// <exception cref="IOException">The file cannot be opened or written.</exception>
    public static FileLock? TryAcquire(string path, bool removeOnRelease)
    {
        while (true)
        {
            var handle = Posix.TryOpen(path, Posix.ReadWrite | Posix.Create, out var errno, mode: 0x1A4)
                ?? throw Posix.Failure("open", path, errno);
            var taken = false;
            try
            {
                if (!Posix.TryLock(handle, path))
                    return null;

                // The holder before us may have removed the file between our open and our lock: what we hold then
                // is a file without a name, which protects nothing.
                if (Posix.StatusOf(path)?.Inode != Posix.Status(handle, path).Inode)
                    continue;

                WriteProcessId(handle, path);
                taken = true;
                return new FileLock(path, handle, removeOnRelease);
            }
            finally
            {
                if (!taken)
                    handle.Dispose();
            }
        }
    }

    /// <summary>The process id of the living holder; null if nobody holds the lock or there is no such file.</summary>
    /// <exception cref="IOException">The file is there but cannot be read.</exception>
    public static int? HolderOf(string path)
    {
        // A holder writes its id just after it has the lock, so an empty file is worth another look.
        Span<byte> text = stackalloc byte[16];
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var handle = Posix.TryOpen(path, Posix.ReadOnly, out var errno);
            if (handle is null)
                return errno is Posix.Enoent or Posix.Enotdir ? null : throw Posix.Failure("open", path, errno);
            if (!Posix.IsLocked(handle, path))
                return null;
            if (Posix.LockingProcess(handle, path) is { } process)
                return process;

            // It is us, or the kernel cannot name it: another container's.
            var length = RandomAccess.Read(handle, text, 0);
            if (length > 1 && int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), CultureInfo.InvariantCulture, out var pid))
                return pid;
            Thread.Sleep(10);
        }

        throw new IOException($"'{path}' is locked, but holds no process id");
    }

    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        try
        {
            // The name may be another's by now: who removes our file lets others take a lock of that name.
            if (_removeOnRelease && Posix.StatusOf(_path)?.Inode == Posix.Status(_handle, _path).Inode)
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
        }
    }

    /// <summary>A full disk is no reason to fail: the text is for people, the lock is what counts.</summary>
    private static void WriteProcessId(SafeFileHandle handle, string path)
    {
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        try
        {
            Posix.Write(handle, text, 0, path);
            RandomAccess.SetLength(handle, text.Length);
        }
        catch (IOException e) when (Posix.IsNoRoom(e.HResult))
        {
            // As said above.
        }
    }
}

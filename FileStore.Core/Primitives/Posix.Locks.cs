using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>Locks.</summary>
internal static partial class Posix
{
    private const int GetLock = 5, SetLock = 6, OfdGetLock = 36, OfdSetLock = 37;
    private const short ReadLock = 0, WriteLock = 1, Unlocked = 2;

    /// <summary>struct flock of 64-bit Linux; Whence stays 0, the file's start.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct LockRange
    {
        [FieldOffset(0)] internal short Type;
        [FieldOffset(8)] internal long Start;
        [FieldOffset(16)] internal long Length;
        [FieldOffset(24)] internal int Process;
    }

    /// <summary>
    /// Takes a write lock that belongs to this open file description (F_OFD_SETLK, fcntl(2)). It lasts until <see
    /// cref="Unlock"/> or the end of the process. A second lock, of the process, exists only so that F_GETLK reports our
    /// pid. False if another holds the lock.
    /// </summary>
    internal static bool TryLock(SafeFileHandle handle, string path)
    {
        var range = new LockRange { Type = WriteLock, Start = 0, Length = 1 };
        if (Fcntl(handle, OfdSetLock, ref range) != 0)
            return Marshal.GetLastPInvokeError() is Eagain or Eacces ? false : throw Failure("lock", path);
        range = new LockRange { Type = WriteLock, Start = 1, Length = 1 };
        return Fcntl(handle, SetLock, ref range) == 0 || Marshal.GetLastPInvokeError() is Eagain or Eacces
            ? true
            : throw Failure("lock", path);
    }

    /// <summary>
    /// Releases that lock explicitly, before the file is closed. Closing may not be enough: a child process between fork(2)
    /// and exec has a copy of every descriptor, and the lock lasts as long as the last copy. Errors are ignored, since only
    /// closing the file is left to do.
    /// </summary>
    internal static void Unlock(SafeFileHandle handle)
    {
        var process = new LockRange { Type = Unlocked, Start = 1, Length = 1 };
        Fcntl(handle, SetLock, ref process); // first, because the next holder of the other lock takes this one too
        var range = new LockRange { Type = Unlocked, Start = 0, Length = 1 };
        Fcntl(handle, OfdSetLock, ref range);
    }

    /// <summary>Whether another open file description holds such a lock (F_OFD_GETLK). The lock is not taken.</summary>
    internal static bool IsLocked(SafeFileHandle handle, string path)
    {
        var range = new LockRange { Type = WriteLock, Start = 0, Length = 1 };
        return Fcntl(handle, OfdGetLock, ref range) == 0 ? range.Type != Unlocked : throw Failure("lock", path);
    }

    /// <summary>The process that holds such a lock, if it is not this one (F_GETLK).</summary>
    /// <returns>
    /// The process id; 0 or less if the process has none here (another container or machine). Null if the kernel knows of
    /// none: this process holds the lock, or the holder has closed the file elsewhere.
    /// </returns>
    internal static int? LockingProcess(SafeFileHandle handle, string path)
    {
        var range = new LockRange { Type = WriteLock, Start = 1, Length = 1 };
        if (Fcntl(handle, GetLock, ref range) != 0)
            throw Failure("lock", path);
        return range.Type != Unlocked ? range.Process : null;
    }

    /// <summary>
    /// Locks one byte of a directory, beyond its end or not, for this open file description. The lock is shared, since a
    /// directory cannot be opened for writing. Does nothing on file systems without locks on directories.
    /// </summary>
    internal static void LockByte(SafeFileHandle directory, long offset)
    {
        var range = new LockRange { Type = ReadLock, Start = offset, Length = 1 };
        Fcntl(directory, OfdSetLock, ref range);
    }

    /// <summary>Releases that lock explicitly, for the same reason as <see cref="Unlock"/>.</summary>
    internal static void UnlockByte(SafeFileHandle directory, long offset)
    {
        var range = new LockRange { Type = Unlocked, Start = offset, Length = 1 };
        Fcntl(directory, OfdSetLock, ref range);
    }

    /// <summary>Whether another open file description has locked that byte.</summary>
    internal static bool IsByteLocked(SafeFileHandle directory, long offset)
    {
        var range = new LockRange { Type = WriteLock, Start = offset, Length = 1 };
        return Fcntl(directory, OfdGetLock, ref range) == 0 && range.Type != Unlocked;
    }

    /// <summary>
    /// Takes the lock on a whole file or directory (LOCK_EX, flock(2)), which needs no write permission. False if another
    /// open file description holds it.
    /// </summary>
    internal static bool TryLockWhole(SafeFileHandle handle, string path)
    {
        const int exclusive = 2, doNotWait = 4;
        if (Flock(handle, exclusive | doNotWait) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Eagain ? false : throw Failure("lock", path);
    }

    /// <summary>Releases it explicitly, for the same reason as <see cref="Unlock"/>.</summary>
    internal static void UnlockWhole(SafeFileHandle handle)
    {
        const int unlock = 8;
        Flock(handle, unlock);
    }

    private static int Flock(SafeFileHandle handle, int operation) =>
        Retry((handle, operation), static call => flock(call.handle, call.operation));

    private static int Fcntl(SafeFileHandle handle, int command, ref LockRange range)
    {
        int result;
        do
            result = fcntl(handle, command, ref range);
        while (IsInterrupted(result));
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle fd, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle fd, int command, ref LockRange range);
}

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
    /// Takes a write lock that belongs to this open file description (F_OFD_SETLK, fcntl(2)): it ends with <see cref="Unlock"/>
    /// or the process, whatever way that ends. A second lock, of the process, only lets others ask the kernel who we are.
    /// False if another holds it.
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
    /// Gives up such a lock, before the file is closed. That alone may not be enough: a process that is being started has
    /// a copy of every descriptor until it becomes another program (fork(2)), and the lock lasts as long as the last copy.
    /// Where it fails, there is nothing to be done but to close the file.
    /// </summary>
    internal static void Unlock(SafeFileHandle handle)
    {
        var process = new LockRange { Type = Unlocked, Start = 1, Length = 1 };
        Fcntl(handle, SetLock, ref process); // first: who has the other takes this one too
        var range = new LockRange { Type = Unlocked, Start = 0, Length = 1 };
        Fcntl(handle, OfdSetLock, ref range);
    }

    /// <summary>Whether somebody else holds such a lock (F_OFD_GETLK), without taking it even for a moment.</summary>
    internal static bool IsLocked(SafeFileHandle handle, string path)
    {
        var range = new LockRange { Type = WriteLock, Start = 0, Length = 1 };
        return Fcntl(handle, OfdGetLock, ref range) == 0 ? range.Type != Unlocked : throw Failure("lock", path);
    }

    /// <summary>
    /// The process that holds such a lock, if it is another than ours (F_GETLK). Not positive if it has no id here, as that of
    /// another container or machine. Null if the kernel knows of none: it is ours, or has closed the file elsewhere.
    /// </summary>
    internal static int? LockingProcess(SafeFileHandle handle, string path)
    {
        var range = new LockRange { Type = WriteLock, Start = 1, Length = 1 };
        if (Fcntl(handle, GetLock, ref range) != 0)
            throw Failure("lock", path);
        return range.Type != Unlocked ? range.Process : null;
    }

    /// <summary>
    /// Locks one byte of a folder, beyond its end or not, for this open file description. Such a lock excludes nobody, since
    /// a folder cannot be opened for writing. Where the file system has no locks for folders, it does nothing.
    /// </summary>
    internal static void LockByte(SafeFileHandle folder, long place)
    {
        var range = new LockRange { Type = ReadLock, Start = place, Length = 1 };
        Fcntl(folder, OfdSetLock, ref range);
    }

    /// <summary>Gives that up, for the reason that <see cref="Unlock"/> has.</summary>
    internal static void UnlockByte(SafeFileHandle folder, long place)
    {
        var range = new LockRange { Type = Unlocked, Start = place, Length = 1 };
        Fcntl(folder, OfdSetLock, ref range);
    }

    /// <summary>Whether another open file description has locked that byte.</summary>
    internal static bool IsByteLocked(SafeFileHandle folder, long place)
    {
        var range = new LockRange { Type = WriteLock, Start = place, Length = 1 };
        return Fcntl(folder, OfdGetLock, ref range) == 0 && range.Type != Unlocked;
    }

    /// <summary>
    /// Takes the one lock of a whole file or folder (LOCK_EX, flock(2)), which needs no right to write. False if another
    /// open file description holds it.
    /// </summary>
    internal static bool TryLockWhole(SafeFileHandle handle, string path)
    {
        const int exclusive = 2, doNotWait = 4;
        if (Flock(handle, exclusive | doNotWait) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Eagain ? false : throw Failure("lock", path);
    }

    /// <summary>Gives it up, for the reason that <see cref="Unlock"/> has.</summary>
    internal static void UnlockWhole(SafeFileHandle handle)
    {
        const int unlock = 8;
        Flock(handle, unlock);
    }

    private static int Flock(SafeFileHandle handle, int operation)
    {
        int result;
        while (IsInterrupted(result = flock(handle, operation)))
        {
        }

        return result;
    }

    private static int Fcntl(SafeFileHandle handle, int command, ref LockRange range)
    {
        int result;
        while (IsInterrupted(result = fcntl(handle, command, ref range)))
        {
        }

        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle fd, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle fd, int command, ref LockRange range);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// The system calls that durability and locking need and that .NET does not offer, or offers with a catch:
/// its flush ignores EROFS, which is what fsync(2) gives on an ext4 whose journal has been aborted, and its open
/// follows links, waits for the writer of a FIFO and takes a lock. Failures are <see cref="IOException"/> with the
/// errno as HResult, as .NET's own.
/// </summary>
internal static partial class Posix
{
    internal const int Eperm = 1, Enoent = 2, Eintr = 4, Eio = 5, Eacces = 13, Eexist = 17, Enfile = 23, Emfile = 24, Enospc = 28, Erofs = 30,
        Eloop = 40, Enotdir = 20, Einval = 22, Enosys = 38, Eagain = 11, Enxio = 6, Edquot = 122,
        Eopnotsupp = 95, Enametoolong = 36, Enomem = 12, Enodev = 19, Enotconn = 107, Etimedout = 110, Estale = 116, Efbig = 27, Eisdir = 21;

    internal const int OReadOnly = 0, OWriteOnly = 1, OReadWrite = 2, OCreate = 0x40, OExclusive = 0x80, ONoTerminal = 0x100, OAppend = 0x400, ONonBlocking = 0x800, OCloseOnExec = 0x80000, OPath = 0x200000;

    // The flags here that differ between processors: asm-generic/fcntl.h, overridden on Arm.
    internal static readonly int ONoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    internal static readonly int ODirectory =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    private const int RenameNoReplace = 1;
    private const int AtFdCwd = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint StatxTypeModeInoMtimeSize = 0x1 | 0x2 | 0x40 | 0x100 | 0x200;
    private const uint StatxFull = StatxTypeModeInoMtimeSize | 0x4 | 0x8 | 0x10 | 0x80; // and links, owner, ctime

    /// <summary>open(2). Returns null, with the errno, where it failed: an absent blob is no exception.</summary>
    internal static SafeFileHandle? TryOpen(string path, int flags, out int errno, int mode = 0) =>
        Open(path, flags, mode, out errno) is var fd and >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : null;

    private static int Open(string path, int flags, int mode, out int errno)
    {
        int fd;
        do
            fd = open(path, flags | OCloseOnExec, mode);
        while (IsInterrupted(fd));
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd;
    }

    /// <summary>Makes reads and writes of an open file wait again, where it was opened not to.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="flags">The flags that it keeps, such as <see cref="OAppend"/>.</param>
    internal static void Block(SafeFileHandle handle, int flags)
    {
        const int setFlags = 4;
        while (IsInterrupted(fcntl(handle, setFlags, flags)))
        {
        }
    }

    /// <summary>
    /// Whether a signal came before a call had done anything, so that it has to be made again (signal(7)). close(2) alone must not be.
    /// </summary>
    private static bool IsInterrupted(int result) => result < 0 && Marshal.GetLastPInvokeError() == Eintr;

    /// <summary>Reads by calls of .NET that pass on an interruption, such as those that read directories: again, for as long as signals interrupt them.</summary>
    internal static T Uninterrupted<T>(Func<T> read)
    {
        while (true)
        {
            try
            {
                return read();
            }
            catch (IOException e) when (e.HResult == Eintr)
            {
                // From the beginning: what was read so far is not to be relied on.
            }
        }
    }

    /// <summary>Makes the bytes and the size of an open file durable.</summary>
    internal static void Sync(SafeFileHandle handle, string path)
    {
        int result;
        while (IsInterrupted(result = fsync(handle)))
        {
        }

        if (result != 0)
            throw Failure("fsync", path);
    }

    /// <summary>Makes the names in a folder durable, as far as its file system can (<see cref="CanSyncFolder"/>).</summary>
    internal static void SyncFolder(string path) => CanSyncFolder(path);

    /// <summary>Gives a file its final name. False if the name is taken; nothing is replaced then.</summary>
    /// <exception cref="IOException">Anything else, among it ENOENT when a folder is missing.</exception>
    internal static bool TryRenameNew(string from, string to)
    {
        int result;
        while (IsInterrupted(result = renameat2(AtFdCwd, from, AtFdCwd, to, RenameNoReplace)))
        {
        }

        if (result == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        if (errno is Einval or Enosys)
            return TryLinkNew(from, to); // file systems without RENAME_NOREPLACE, NFS above all
        return errno == Eexist ? false : throw Failure("rename", to, errno);
    }

    /// <summary>rename(2), which replaces.</summary>
    internal static void RenameOver(string from, string to)
    {
        int result;
        while (IsInterrupted(result = rename(from, to)))
        {
        }

        if (result != 0)
            throw Failure("rename", to);
    }

    /// <summary>mkdir(2), mode 0777 less the umask. False if the name is taken.</summary>
    internal static bool TryMakeFolder(string path)
    {
        int result;
        while (IsInterrupted(result = mkdir(path, 0x1FF)))
        {
        }

        if (result == 0)
            return true;
        return Marshal.GetLastPInvokeError() == Eexist ? false : throw Failure("mkdir", path);
    }

    /// <summary>unlink(2). False if there is no such file.</summary>
    internal static bool TryUnlink(string path)
    {
        int result;
        while (IsInterrupted(result = unlink(path)))
        {
        }

        if (result == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Enoent or Enotdir or Eisdir ? false : throw Failure("unlink", path);
    }

    /// <summary>Removes a file that is worth nothing, if it can: where it cannot, the failure before this one is what counts.</summary>
    /// <returns>Whether it is gone.</returns>
    internal static bool UnlinkQuietly(string path)
    {
        try
        {
            TryUnlink(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>rmdir(2). False if the folder stays, whatever the reason: it is not empty, gone already, a mount point.</summary>
    internal static bool TryRemoveFolder(string path)
    {
        int result;
        while (IsInterrupted(result = rmdir(path)))
        {
        }

        return result == 0;
    }

    /// <summary>statx(2) of an open file.</summary>
    internal static FileStatus FStat(SafeFileHandle handle, string path) => FStat(handle, path, StatxTypeModeInoMtimeSize);

    /// <summary>The same with its links, its owner and the time of its last change of any kind.</summary>
    internal static FileStatus FStatFull(SafeFileHandle handle, string path) => FStat(handle, path, StatxFull);

    private static FileStatus FStat(SafeFileHandle handle, string path, uint mask)
    {
        int result;
        FileStatus status;
        while (IsInterrupted(result = statxHandle(handle, "", AtEmptyPath, mask, out status)))
        {
        }

        return result == 0 ? status : throw Failure("statx", path);
    }

    /// <summary>statx(2) of a path, without following a link at its end. Null if it is not there.</summary>
    internal static FileStatus? LStat(string path)
    {
        const int noFollow = 0x100;
        return LStat(path, noFollow, StatxTypeModeInoMtimeSize);
    }

    /// <summary>The same with its owner and the time of its last change of any kind, where a link at its end leads.</summary>
    internal static FileStatus? LStatFull(string path) => LStat(path, 0, StatxFull);

    private static FileStatus? LStat(string path, int flags, uint mask)
    {
        if (Statx(AtFdCwd, path, flags, mask, out var status) == 0)
            return status;
        return Marshal.GetLastPInvokeError() is Enoent or Enotdir ? null : throw Failure("statx", path);
    }

    private static int Statx(int folder, string path, int flags, uint mask, out FileStatus status)
    {
        int result;
        while (IsInterrupted(result = statx(folder, path, flags, mask, out status)))
        {
        }

        return result;
    }

    /// <summary>fchown(2).</summary>
    internal static void FChown(SafeFileHandle handle, uint user, uint group, string path)
    {
        int result;
        while (IsInterrupted(result = fchown(handle, user, group)))
        {
        }

        if (result != 0)
            throw Failure("chown", path);
    }

    internal static IOException Failure(string call, string path, int? errno = null)
    {
        var number = errno ?? Marshal.GetLastPInvokeError();
        return new IOException($"{call} '{path}': {Marshal.GetPInvokeErrorMessage(number)}", number);
    }

    private static bool TryLinkNew(string from, string to)
    {
        int result;
        while (IsInterrupted(result = link(from, to)))
        {
        }

        if (result != 0)
            return Marshal.GetLastPInvokeError() == Eexist ? false : throw Failure("link", to);
        TryUnlink(from);
        return true;
    }

    /// <summary>struct statx, whose layout is the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct FileStatus
    {
        [FieldOffset(16)] internal uint Links;
        [FieldOffset(20)] internal uint User;
        [FieldOffset(24)] internal uint Group;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal long Size;
        [FieldOffset(96)] internal long ChangedSeconds;
        [FieldOffset(104)] internal uint ChangedNanoseconds;
        [FieldOffset(112)] internal long ModifiedSeconds;
        [FieldOffset(120)] internal uint ModifiedNanoseconds;
        [FieldOffset(136)] internal ulong Device;

        internal readonly bool IsRegularFile => (Mode & 0xF000) == 0x8000;

        internal readonly bool IsLink => (Mode & 0xF000) == 0xA000;
        internal readonly bool IsFolder => (Mode & 0xF000) == 0x4000;

        internal readonly DateTimeOffset Modified => DateTimeOffset.FromUnixTimeSeconds(
            Math.Clamp(ModifiedSeconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle fd, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(SafeFileHandle fd, uint user, uint group);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlink(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rmdir(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statxHandle(SafeFileHandle fd, string path, int flags, uint mask, out FileStatus status);
}

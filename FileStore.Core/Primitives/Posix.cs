using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// System calls for durability and locking that .NET lacks or implements differently: its flush ignores EROFS, which
/// fsync(2) returns on an ext4 file system with an aborted journal, and its open follows links, blocks on a FIFO and takes
/// a lock. Failures are <see cref="IOException"/> with the errno as HResult, as in .NET.
/// </summary>
internal static partial class Posix
{
    internal const int Eperm = 1, Enoent = 2, Eintr = 4, Eacces = 13, Eexist = 17, Enfile = 23, Emfile = 24, Enospc = 28, Erofs = 30,
        Eloop = 40, Enotdir = 20, Einval = 22, Enosys = 38, Eagain = 11, Enxio = 6, Edquot = 122,
        Eopnotsupp = 95, Enametoolong = 36, Enomem = 12, Enodev = 19, Enotconn = 107, Etimedout = 110, Estale = 116, Efbig = 27, Eisdir = 21;

    internal const int OReadOnly = 0, OWriteOnly = 1, OReadWrite = 2, OCreate = 0x40, OExclusive = 0x80, ONoTerminal = 0x100,
        OAppend = 0x400, ONonBlocking = 0x800, OCloseOnExec = 0x80000, OPath = 0x200000;

    // These flags differ between processors (asm-generic/fcntl.h, overridden on Arm).
    internal static readonly int ONoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    internal static readonly int ODirectory =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    private const int AtFdCwd = -100;

    /// <summary>open(2) with O_CLOEXEC. The caller disposes the handle.</summary>
    /// <returns>The handle; null if the call failed: a missing blob is expected, so it costs no exception.</returns>
    internal static SafeFileHandle? TryOpen(string path, int flags, out int errno, int mode = 0) =>
        Open(path, flags, mode, out errno) is var fd and >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : null;

    private static int Open(string path, int flags, int mode, out int errno)
    {
        var fd = Retry((path, flags, mode), static call => open(call.path, call.flags | OCloseOnExec, call.mode));
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd;
    }

    /// <summary>Makes reads and writes of a file that was opened with O_NONBLOCK block again.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="flags">Status flags to keep, such as <see cref="OAppend"/>.</param>
    internal static void SetBlocking(SafeFileHandle handle, int flags)
    {
        const int setFlags = 4;
        Retry((handle, flags), static call => fcntl(call.handle, setFlags, call.flags));
    }

    /// <summary>Duplicates a descriptor (fcntl(2), F_DUPFD_CLOEXEC). The duplicate stays open when the original is closed.</summary>
    internal static SafeFileHandle Duplicate(SafeFileHandle handle, string path)
    {
        const int duplicate = 1030;
        return Retry(handle, static file => fcntl(file, duplicate, 0)) is var fd and >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure("fcntl", path);
    }

    /// <summary>A path to an open file that stays valid when the file is renamed (proc(5), fd).</summary>
    internal static string PathOf(SafeFileHandle handle) => $"/proc/self/fd/{handle.DangerousGetHandle()}";

    /// <summary>Makes a call again as long as signals interrupt it (signal(7)). Not for close(2).</summary>
    /// <param name="arguments">The arguments. Passing them here keeps <paramref name="call"/> static, so nothing is allocated.</param>
    /// <param name="call">The call, which sets the errno.</param>
    private static int Retry<T>(T arguments, Func<T, int> call)
    {
        int result;
        do
            result = call(arguments);
        while (IsInterrupted(result));
        return result;
    }

    private static bool IsInterrupted(int result) => result < 0 && Marshal.GetLastPInvokeError() == Eintr;

    /// <summary>The same for calls of .NET that fail with EINTR, such as directory enumeration. They start over.</summary>
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
                // Read again from the start.
            }
        }
    }

    /// <summary>fchown(2).</summary>
    internal static void FChown(SafeFileHandle handle, uint user, uint group, string path)
    {
        if (Retry((handle, user, group), static call => fchown(call.handle, call.user, call.group)) != 0)
            throw Failure("chown", path);
    }

    internal static IOException Failure(string call, string path, int? errno = null)
    {
        var number = errno ?? Marshal.GetLastPInvokeError();
        return new IOException($"{call} '{path}': {Marshal.GetPInvokeErrorMessage(number)}", number);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle fd, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(SafeFileHandle fd, uint user, uint group);
}

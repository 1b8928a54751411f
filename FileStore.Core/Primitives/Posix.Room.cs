using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>Calls that a file system may refuse: for want of room, or because it cannot do such a thing.</summary>
internal static partial class Posix
{
    /// <summary>Flushes a folder. False if its file system cannot flush folders at all (cifs and some of FUSE: EINVAL, EOPNOTSUPP).</summary>
    /// <exception cref="IOException">The flush failed, or the folder cannot be opened.</exception>
    internal static bool CanSyncFolder(string path)
    {
        using var folder = TryOpen(path, OReadOnly, out var errno) ?? throw Failure("open", path, errno);
        int result;
        while (IsInterrupted(result = fsync(folder)))
        {
        }

        if (result == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Einval or Eopnotsupp ? false : throw Failure("fsync", path);
    }

    /// <summary>Writes all of the bytes at this place in a file.</summary>
    /// <exception cref="IOException">Some or all could not be written; HResult is the errno.</exception>
    internal static void Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        while (bytes.Length > 0)
        {
            nint count;
            while (IsInterrupted((int)(count = pwrite(handle, bytes, bytes.Length, offset))))
            {
            }

            if (count < 0)
                throw Failure("write", path);
            bytes = bytes[(int)count..];
            offset += count;
        }
    }

    /// <summary>pread(2): some bytes at this place in a file, 0 at its end. .NET's does not say which file it could not read, and takes EFBIG for a fault of its caller.</summary>
    /// <exception cref="IOException">They could not be read; HResult is the errno.</exception>
    internal static int Read(SafeFileHandle handle, Span<byte> buffer, long offset, string path)
    {
        nint count;
        while (IsInterrupted((int)(count = pread(handle, buffer, buffer.Length, offset))))
        {
        }

        return count >= 0 ? (int)count : throw Failure("read", path);
    }

    /// <summary>ftruncate(2).</summary>
    /// <exception cref="IOException">It failed; HResult is the errno.</exception>
    internal static void SetLength(SafeFileHandle handle, long length, string path)
    {
        int result;
        while (IsInterrupted(result = ftruncate(handle, length)))
        {
        }

        if (result != 0)
            throw Failure("truncate", path);
    }

    /// <summary>Another descriptor of the same open file (fcntl(2), F_DUPFD_CLOEXEC), which stays open when this one is closed.</summary>
    internal static SafeFileHandle Duplicate(SafeFileHandle handle, string path)
    {
        const int duplicate = 1030;
        int fd;
        while (IsInterrupted(fd = fcntl(handle, duplicate, 0)))
        {
        }

        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure("fcntl", path);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(SafeFileHandle fd, Span<byte> buffer, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(SafeFileHandle fd, ReadOnlySpan<byte> bytes, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(SafeFileHandle fd, long length);
}

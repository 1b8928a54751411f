using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>Reading, writing and flushing.</summary>
internal static partial class Posix
{
    /// <summary>Writes all bytes at an offset.</summary>
    /// <exception cref="IOException">Some or all could not be written; HResult is the errno.</exception>
    internal static void Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        while (bytes.Length > 0)
        {
            var count = pwrite(handle, bytes, bytes.Length, offset);
            if (count < 0 && Marshal.GetLastPInvokeError() == Eintr)
                continue;
            if (count < 0)
                throw Failure("write", path);
            bytes = bytes[(int)count..];
            offset += count;
        }
    }

    /// <summary>pread(2). .NET's does not name the file in its exceptions, and reports EFBIG as a wrong argument.</summary>
    /// <returns>How many bytes were read; 0 at the end of the file.</returns>
    /// <exception cref="IOException">It failed; HResult is the errno.</exception>
    internal static int Read(SafeFileHandle handle, Span<byte> buffer, long offset, string path)
    {
        nint count;
        do
            count = pread(handle, buffer, buffer.Length, offset);
        while (count < 0 && Marshal.GetLastPInvokeError() == Eintr);
        return count >= 0 ? (int)count : throw Failure("read", path);
    }

    /// <summary>ftruncate(2).</summary>
    /// <exception cref="IOException">It failed; HResult is the errno.</exception>
    internal static void SetLength(SafeFileHandle handle, long length, string path)
    {
        if (Retry((handle, length), static call => ftruncate(call.handle, call.length)) != 0)
            throw Failure("truncate", path);
    }

    /// <summary>fsync(2): makes the content and the size of an open file durable.</summary>
    internal static void Sync(SafeFileHandle handle, string path)
    {
        if (FSync(handle) != 0)
            throw Failure("fsync", path);
    }

    /// <summary>Makes the names in a directory durable, if its file system supports that (<see cref="TrySyncDirectory"/>).</summary>
    internal static void SyncDirectory(string path) => TrySyncDirectory(path);

    /// <summary>fsync(2) of a directory.</summary>
    /// <returns>False if the file system cannot flush directories (cifs and some of FUSE: EINVAL, EOPNOTSUPP).</returns>
    /// <exception cref="IOException">The flush failed, or the directory cannot be opened.</exception>
    internal static bool TrySyncDirectory(string path)
    {
        using var directory = TryOpen(path, OReadOnly, out var errno) ?? throw Failure("open", path, errno);
        if (FSync(directory) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Einval or Eopnotsupp ? false : throw Failure("fsync", path);
    }

    /// <summary>Asks the kernel to start writing a range to disk (sync_file_range(2)). Only a hint: errors are ignored.</summary>
    internal static void BeginWriteBack(SafeFileHandle file, long offset, long count)
    {
        const uint write = 2;
        _ = sync_file_range(file, offset, count, write);
    }

    private static int FSync(SafeFileHandle handle) => Retry(handle, static file => fsync(file));

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(SafeFileHandle fd, Span<byte> buffer, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(SafeFileHandle fd, ReadOnlySpan<byte> bytes, nint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(SafeFileHandle fd, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle fd);

    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle fd, long offset, long count, uint flags);
}

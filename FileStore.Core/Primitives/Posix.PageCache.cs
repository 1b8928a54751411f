using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>The page cache.</summary>
internal static partial class Posix
{
    private const int NoWait = 8; // RWF_NOWAIT

    /// <summary>Reads from the page cache only (preadv2(2), RWF_NOWAIT).</summary>
    /// <returns>The number of bytes, 0 at the end of the file; null if the read would wait for the disk.</returns>
    internal static unsafe int? TryReadCached(SafeFileHandle handle, Span<byte> buffer, long offset, string path)
    {
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Start = start, Length = (nuint)buffer.Length };
            var count = preadv2(handle, &vector, 1, offset, NoWait);
            if (count >= 0)
                return (int)count;
        }

        // EOPNOTSUPP: the file system has no RWF_NOWAIT. The caller then reads on a thread that may block.
        return Marshal.GetLastPInvokeError() is Eagain or Eopnotsupp or Enosys or Eintr ? null : throw Failure("read", path);
    }

    /// <summary>
    /// Opens a file for reading. A small one in the page cache is read completely and closed at once, which saves the cost
    /// of a handle object.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="flags">Additional flags of open(2).</param>
    /// <param name="maxInlineSize">The size of a small file in bytes at most; -1 to open every file.</param>
    /// <param name="status">The file's metadata.</param>
    /// <param name="bytes">A rented buffer that starts with the content of a small file; otherwise null.</param>
    /// <param name="errno">The errno of open(2); 0 on success.</param>
    /// <returns>The handle, which the caller disposes; null if the file was read, or could not be opened.</returns>
    /// <exception cref="IOException">The file was opened but cannot be examined.</exception>
    internal static SafeFileHandle? OpenOrRead(
        string path, int flags, int maxInlineSize, out FileStatus status, out byte[]? bytes, out int errno)
    {
        (status, bytes) = (default, null);
        var fd = Open(path, OReadOnly | flags, 0, out errno);
        if (fd < 0)
            return null;
        try
        {
            if (Statx(fd, "", AtEmptyPath, StatxFull, out status) != 0)
                throw Failure("statx", path);
            if (!status.IsRegularFile || status.Size > maxInlineSize || (bytes = TryReadCached(fd, (int)status.Size)) is null)
                return new SafeFileHandle(fd, ownsHandle: true);
        }
        catch
        {
            _ = close(fd);
            throw;
        }

        _ = close(fd);
        return null;
    }

    /// <summary>
    /// Reads the first bytes of a file into a rented buffer. Null if the page cache does not have them all, or on an error,
    /// which surfaces at the next read.
    /// </summary>
    private static unsafe byte[]? TryReadCached(int fd, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Start = start, Length = (nuint)length };
            if (preadv2(fd, &vector, 1, 0, NoWait) == length)
                return buffer;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return null;
    }

    /// <summary>
    /// Sends from the page cache to a non-blocking socket (sendfile(2)) until the socket's buffer is full. A piece counts
    /// as cached if its first and last bytes are, because the kernel reads ahead; missing bytes between them are waited
    /// for. The head is sent first, if content can follow (send(2), MSG_MORE).
    /// </summary>
    /// <returns>The number of bytes sent.</returns>
    internal static long SendCached(SafeFileHandle file, SafeHandle socket, ReadOnlySpan<byte> head, long offset, long count, string path)
    {
        const int piece = 512 << 10;
        var end = offset + count;
        bool IsCached(long at)
        {
            try
            {
                return TryReadCached(file, stackalloc byte[1], at, path) == 1;
            }
            catch (IOException)
            {
                return false; // the next read there reports it
            }
        }

        for (var sent = 0L; ;)
        {
            var wanted = (nint)Math.Min(piece, end - offset);
            if (wanted == 0 || !IsCached(offset) || !IsCached(offset + wanted - 1))
                return sent;
            if (sent < head.Length)
            {
                const int dontWait = 0x40, noSignal = 0x4000, more = 0x8000;
                sent = Math.Max(send(socket, head, head.Length, dontWait | noSignal | more), 0);
                if (sent < head.Length)
                    return sent;
            }

            var now = sendfile(socket, file, ref offset, wanted);
            sent += Math.Max(now, 0);
            if (now < wanted)
                return sent;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint preadv2(SafeFileHandle fd, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc")]
    private static unsafe partial nint preadv2(int fd, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc")]
    private static partial nint send(SafeHandle socket, ReadOnlySpan<byte> bytes, nint count, int flags);

    [LibraryImport("libc")]
    private static partial nint sendfile(SafeHandle to, SafeFileHandle from, ref long offset, nint count);

    private unsafe struct IoVector
    {
        internal byte* Start;
        internal nuint Length;
    }
}

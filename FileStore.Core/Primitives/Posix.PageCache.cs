using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>Calls about what the page cache holds of a file.</summary>
internal static partial class Posix
{
    private const int NoWait = 8; // RWF_NOWAIT

    /// <summary>
    /// pread(2) of what the page cache holds. Null if the disk would have to be waited for; 0 at the file's end.
    /// </summary>
    internal static unsafe int? TryReadCached(SafeFileHandle handle, Span<byte> buffer, long offset, string path)
    {
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Start = start, Length = (nuint)buffer.Length };
            var count = preadv2(handle, &vector, 1, offset, NoWait);
            if (count >= 0)
                return (int)count;
        }

        // EOPNOTSUPP: a file system that cannot tell. Waiting elsewhere is right then, too.
        return Marshal.GetLastPInvokeError() is Eagain or Eopnotsupp or Enosys or Eintr ? null : throw Failure("read", path);
    }

    /// <summary>
    /// Opens a file to read it. A small one that the page cache holds is read whole and closed at once, without the object that
    /// an open file is, which is a good part of the work then.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="flags">What open(2) is told besides that it is to be read.</param>
    /// <param name="readAtOnce">How many bytes a small one has at most; -1 for none.</param>
    /// <param name="status">Which file it is.</param>
    /// <param name="bytes">A rented buffer that begins with the bytes of a small one; null of others.</param>
    /// <param name="errno">Why it could not be opened; 0 if it could.</param>
    /// <returns>The open file, which the caller disposes; null if it was read, or could not be opened.</returns>
    /// <exception cref="IOException">It was opened, and could not be looked at.</exception>
    internal static SafeFileHandle? OpenOrRead(
        string path, int flags, int readAtOnce, out FileStatus status, out byte[]? bytes, out int errno)
    {
        (status, bytes) = (default, null);
        var fd = Open(path, OReadOnly | flags, 0, out errno);
        if (fd < 0)
            return null;
        try
        {
            if (Statx(fd, "", AtEmptyPath, StatxFull, out status) != 0)
                throw Failure("statx", path);
            if (!status.IsRegularFile || status.Size > readAtOnce || (bytes = TryReadCached(fd, (int)status.Size)) is null)
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

    /// <summary>The first bytes of a file in a rented buffer; null if the page cache has not so many. Why is for the next reading to find.</summary>
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
    /// sendfile(2) of what the page cache holds to a non-blocking socket, until that has no more room. Whether a piece is
    /// in the cache is told by its first and its last byte, as the kernel reads files ahead; what is missing between them is
    /// waited for. A head goes before it, if there is something to go behind that (send(2), MSG_MORE).
    /// </summary>
    /// <returns>How many bytes were sent.</returns>
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
                return false; // whoever reads there next will tell
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

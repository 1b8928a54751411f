using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>Calls about what the page cache holds of a file.</summary>
internal static partial class Posix
{
    /// <summary>
    /// pread(2) of what the page cache holds. Null if the disk would have to be waited for; 0 at the file's end.
    /// </summary>
    internal static unsafe int? TryReadCached(SafeFileHandle handle, Span<byte> buffer, long offset, string path)
    {
        const int noWait = 8;
        fixed (byte* start = buffer)
        {
            var vector = new IoVector { Start = start, Length = (nuint)buffer.Length };
            var count = preadv2(handle, &vector, 1, offset, noWait);
            if (count >= 0)
                return (int)count;
        }

        // EOPNOTSUPP: a file system that cannot tell. Waiting elsewhere is right then, too.
        return Marshal.GetLastPInvokeError() is Eagain or Eopnotsupp or Enosys ? null : throw Failure("read", path);
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

    /// <summary>Has the disk begin to write bytes of a file (sync_file_range(2)). It promises nothing, so that it may fail.</summary>
    internal static void BeginWriteBack(SafeFileHandle file, long offset, long count)
    {
        const uint write = 2;
        _ = sync_file_range(file, offset, count, write);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint preadv2(SafeFileHandle fd, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle fd, long offset, long count, uint flags);

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

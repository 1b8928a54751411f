using System.Runtime.InteropServices;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>A blob's file, open for reading.</summary>
internal sealed class DiskOpenBlob : OpenBlob
{
    private const int MaxInlineSize = 16 << 10; // bytes; opening and closing larger files is a small part of the work

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly BlockingThreadPool _threads;

    private DiskOpenBlob(Digest digest, SafeFileHandle handle, Posix.FileStatus status, string path, BlockingThreadPool threads)
        : base(digest, status.Size, status.Modified)
    {
        Stamp = FileStamp.Of(status);
        _handle = handle;
        _path = path;
        _threads = threads;
    }

    /// <summary>Opens a blob. A small one in the page cache is read and closed at once.</summary>
    /// <returns>Null if there is no regular file of this name (nothing, a directory, a link or a FIFO).</returns>
    internal static OpenBlob? TryOpen(string path, Digest digest, BlockingThreadPool threads) => TryOpen(path, digest, threads, MaxInlineSize);

    /// <summary>The same, but a small file stays open too.</summary>
    internal static DiskOpenBlob? TryOpenUnread(string path, Digest digest, BlockingThreadPool threads) =>
        (DiskOpenBlob?)TryOpen(path, digest, threads, maxInlineSize: -1);

    private static OpenBlob? TryOpen(string path, Digest digest, BlockingThreadPool threads, int maxInlineSize)
    {
        var handle = Posix.OpenOrRead(path, Posix.ONonBlocking | Posix.ONoFollow, maxInlineSize, out var status, out var bytes, out var errno);
        if (bytes is not null)
            return new MemoryBlob(digest, status.Size, status.Modified, FileStamp.Of(status), bytes);
        if (handle is null)
        {
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Eloop or Posix.Enxio
                ? null
                : throw Posix.Failure("open", path, errno);
        }

        if (status.IsRegularFile)
            return new DiskOpenBlob(digest, handle, status, path, threads);
        handle.Dispose();
        return null;
    }

    internal SafeFileHandle Handle => _handle;

    internal override FileStamp? Stamp { get; }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return Posix.TryReadCached(_handle, buffer.Span, offset, _path) is { } count
                ? ValueTask.FromResult(count)
                : new ValueTask<int>(_threads.RunAsync(() => IoErrors.Translate(() => Posix.Read(_handle, buffer.Span, offset, _path), BlobStoreException.From), ct));
        }
        catch (IOException e)
        {
            throw BlobStoreException.From(e)!;
        }
    }

    public override long SendTo(SafeHandle socket, ReadOnlySpan<byte> head, long offset, long count) =>
        Posix.SendCached(_handle, socket, head, offset, count, _path);

    public override ValueTask DisposeAsync()
    {
        _handle.Dispose();
        return ValueTask.CompletedTask;
    }
}

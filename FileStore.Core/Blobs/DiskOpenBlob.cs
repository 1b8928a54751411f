using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>A blob's file, open for reading.</summary>
internal sealed class DiskOpenBlob : OpenBlob
{
    private readonly SafeFileHandle _handle;

    private DiskOpenBlob(Digest digest, SafeFileHandle handle, Posix.FileStatus status)
        : base(digest, status.Size, status.Modified) => _handle = handle;

    /// <summary>Null if there is no such file, or if what is there is no file: a folder, a link, a FIFO.</summary>
    internal static DiskOpenBlob? TryOpen(string path, Digest digest)
    {
        var handle = Posix.TryOpen(path, Posix.ReadOnly | Posix.NonBlocking | Posix.NoFollow, out var errno);
        if (handle is null)
        {
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Eloop or Posix.Enxio
                ? null
                : throw Posix.Failure("open", path, errno);
        }

        var status = Posix.Status(handle, path);
        if (status.IsRegularFile)
            return new DiskOpenBlob(digest, handle, status);
        handle.Dispose();
        return null;
    }

    internal SafeFileHandle Handle => _handle;

    // Read on the caller's thread: blobs that are asked for lie in the page cache, and a hop to another thread of the
    // pool costs more than the copy.
    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct) =>
        ValueTask.FromResult(DiskBlobStore.OnDisk(() => RandomAccess.Read(_handle, buffer.Span, offset)));

    public override ValueTask DisposeAsync()
    {
        _handle.Dispose();
        return ValueTask.CompletedTask;
    }
}

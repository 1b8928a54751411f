using System.Runtime.InteropServices;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>A blob's file, open for reading.</summary>
internal sealed class DiskOpenBlob : OpenBlob
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly BlockingThreads _threads;

    private DiskOpenBlob(Digest digest, SafeFileHandle handle, Posix.FileStatus status, string path, BlockingThreads threads)
        : base(digest, status.Size, status.Modified)
    {
        Stamp = FileStamp.Of(status);
        _handle = handle;
        _path = path;
        _threads = threads;
    }

    /// <summary>Null if there is no such file, or if what is there is no file: a folder, a link, a FIFO.</summary>
    internal static DiskOpenBlob? TryOpen(string path, Digest digest, BlockingThreads threads)
    {
        var handle = Posix.TryOpen(path, Posix.ReadOnly | Posix.NonBlocking | Posix.NoFollow, out var errno);
        if (handle is null)
        {
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Eloop or Posix.Enxio
                ? null
                : throw Posix.Failure("open", path, errno);
        }

        DiskOpenBlob? blob = null;
        try
        {
            var status = Posix.FullStatus(handle, path);
            if (status.IsRegularFile)
                blob = new DiskOpenBlob(digest, handle, status, path, threads);
            return blob;
        }
        finally
        {
            if (blob is null)
                handle.Dispose();
        }
    }

    internal SafeFileHandle Handle => _handle;

    internal override FileStamp? Stamp { get; }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return Posix.TryReadCached(_handle, buffer.Span, offset, _path) is { } count
                ? ValueTask.FromResult(count)
                : new ValueTask<int>(_threads.RunAsync(() => DiskBlobStore.OnDisk(() => RandomAccess.Read(_handle, buffer.Span, offset)), ct));
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

using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Tasks;

/// <summary>The file of a task exists but cannot be opened or read.</summary>
public sealed class TaskFileException(Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>Translates an exception of the file system; null if it is another one.</summary>
    internal static TaskFileException? From(Exception e) => DiskFaults.Of(e) is null ? null : new(e);
}

/// <summary>The file of a task, open for reading. Reading it may throw <see cref="TaskFileException"/>.</summary>
public sealed class TaskFile : PlainFile
{
    private TaskFile(SafeFileHandle handle, in Posix.FileStatus status, string name, BlockingThreadPool threads)
        : base(handle, status.Size, status.Modified, name, TagOf(status), threads)
    {
    }

    /// <summary>Opens the file, following links. Null if there is no regular file of this name.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static TaskFile? TryOpen(string path, BlockingThreadPool threads) => TryOpen(path, out var status) is { } handle
        ? new TaskFile(handle, status, Path.GetFileName(path), threads)
        : null;

    /// <summary>The same, returning the handle.</summary>
    internal static SafeFileHandle? TryOpen(string path, out Posix.FileStatus status)
    {
        status = default;
        // O_NONBLOCK: opening a FIFO would wait for its writer.
        var handle = Posix.TryOpen(path, Posix.OReadOnly | Posix.ONonBlocking, out var errno);
        if (handle is null)
            return errno is Posix.Enoent or Posix.Enotdir or Posix.Enxio ? null : throw Posix.Failure("open", path, errno);
        try
        {
            status = Posix.FStatFull(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        if (status.IsRegularFile)
            return handle;
        handle.Dispose();
        return null;
    }

    private protected override Exception? Translate(Exception failure) => TaskFileException.From(failure);
}

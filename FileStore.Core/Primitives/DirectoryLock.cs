using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// An exclusive lock on a directory (flock(2)), held while its files are read, changed and written back. It creates no
/// file, so nothing is left behind and nobody can plant a link. Disposing it, or the end of the process, releases it.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle _directory;

    private DirectoryLock(SafeFileHandle directory) => _directory = directory;

    /// <summary>Takes the lock, waiting if another process holds it.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <returns>The lock, which the caller disposes; null if the time is up.</returns>
    /// <exception cref="IOException">The directory does not exist, or cannot be locked.</exception>
    public static DirectoryLock? TryAcquire(string path, TimeSpan timeout)
    {
        var directory = Posix.TryOpen(path, Posix.OReadOnly | Posix.ODirectory, out var errno) ?? throw Posix.Failure("open", path, errno);
        var waited = Stopwatch.StartNew();
        var isTaken = false;
        try
        {
            while (!(isTaken = Posix.TryLockWhole(directory, path)))
            {
                if (waited.Elapsed > timeout)
                    return null;
                Thread.Sleep(10);
            }

            return new DirectoryLock(directory);
        }
        finally
        {
            if (!isTaken)
                directory.Dispose();
        }
    }

    public void Dispose()
    {
        if (_directory.IsClosed)
            return;
        Posix.UnlockWhole(_directory);
        _directory.Dispose();
    }
}

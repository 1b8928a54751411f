using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>
/// Keeps a folder from others that ask for the same, so that its files can be read, changed and written back. It makes no
/// file, so that nothing is left behind and nobody can put a link in its place. Disposing releases it, and so does the
/// end of the process.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private readonly SafeFileHandle _folder;

    private FolderLock(SafeFileHandle folder) => _folder = folder;

    /// <summary>Takes the lock. Null if another holds it for this long.</summary>
    /// <exception cref="IOException">There is no such folder, or it cannot be locked.</exception>
    public static FolderLock? TryAcquire(string path, TimeSpan patience)
    {
        var folder = Posix.TryOpen(path, Posix.OReadOnly | Posix.ODirectory, out var errno) ?? throw Posix.Failure("open", path, errno);
        var waited = Stopwatch.StartNew();
        var taken = false;
        try
        {
            while (!(taken = Posix.TryLockWhole(folder, path)))
            {
                if (waited.Elapsed > patience)
                    return null;
                Thread.Sleep(10);
            }

            return new FolderLock(folder);
        }
        finally
        {
            if (!taken)
                folder.Dispose();
        }
    }

    public void Dispose()
    {
        if (_folder.IsClosed)
            return;
        Posix.UnlockWhole(_folder);
        _folder.Dispose();
    }
}

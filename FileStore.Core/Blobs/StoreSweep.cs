using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Removes what a crash left of uploads. It looks nowhere but in the folder of incoming files, and only while the
/// store's lock is held, so that what lies there is nobody's.
/// </summary>
internal static class StoreSweep
{
    /// <returns>How many files were removed.</returns>
    internal static int Run(BlobLayout layout)
    {
        var removed = 0;
        foreach (var path in Posix.Uninterrupted(() => Directory.GetFiles(layout.Incoming)))
        {
            File.Delete(path);
            removed++;
        }

        return removed;
    }
}

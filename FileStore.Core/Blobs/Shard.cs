using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// One folder <c>store/ab</c>, which appears with its first blob and goes with its last. Its name lies in the store's
/// root, so the root must be flushed once for each time the folder was made, also by an earlier process: that is what
/// the generations count. The gate orders making and removing the folder; it is never held over a flush.
/// </summary>
internal sealed class Shard(string root, string folder)
{
    private readonly Lock _gate = new();
    private long _generation = 1;
    private long _flushedGeneration;
    private long _removedGeneration;

    /// <summary>Renames a whole file into the folder, making it if need be. False if the name is taken.</summary>
    internal bool TryAdd(string from, string to, out long generation) => Rename(from, () => Posix.TryRenameNew(from, to), out generation);

    /// <summary>The same, in the place of a damaged file. A folder there goes, or out of the way if it is not empty.</summary>
    internal void Replace(string from, string to, out long generation) => Rename(from, () =>
    {
        if (Posix.StatusOf(to) is { IsFolder: true } && !Posix.TryRemoveFolder(to))
            Posix.RenameOver(to, $"{from}.folder");
        Posix.RenameOver(from, to);
        return true;
    }, out generation);

    private bool Rename(string from, Func<bool> rename, out long generation)
    {
        lock (_gate)
        {
            var before = _generation;
            try
            {
                return RenameOrMake(from, rename, out generation);
            }
            catch when (_generation != before)
            {
                if (Posix.TryRemoveFolder(folder)) // it was made for this file
                    _removedGeneration = _generation;
                throw;
            }
        }
    }

    private bool RenameOrMake(string from, Func<bool> rename, out long generation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var renamed = rename();
                generation = _generation;
                return renamed;
            }
            catch (IOException e) when (e.HResult == Posix.Enoent && attempt < 8)
            {
                // Without the file to rename, the whole store is gone, and nothing is made in its place.
                // More than once only when another program removes empty folders as fast as we make them.
                if (Posix.StatusOf(from) is null)
                    throw;
                if (Posix.TryMakeFolder(folder))
                    _generation++;
            }
        }
    }

    /// <summary>Removes a file, and the folder when it was the last. False if there was none.</summary>
    internal bool TryRemove(string path, out bool folderRemoved)
    {
        lock (_gate)
        {
            folderRemoved = false;
            if (!Posix.TryUnlink(path))
                return false;
            folderRemoved = Posix.TryRemoveFolder(folder);
            if (folderRemoved)
                _removedGeneration = _generation;
            return true;
        }
    }

    /// <summary>The generation to flush for a name that is in the folder already.</summary>
    internal long Generation
    {
        get
        {
            lock (_gate)
                return _generation;
        }
    }

    /// <summary>Makes the names in the folder durable, and the folder's own name.</summary>
    internal void Flush(long generation)
    {
        try
        {
            Posix.SyncFolder(folder);
        }
        catch (IOException e) when (e.HResult == Posix.Enoent && WasRemoved(generation))
        {
            return; // the blob was there and has been removed since, with its folder: there is no name left to keep
        }

        if (Volatile.Read(ref _flushedGeneration) >= generation)
            return;
        Posix.SyncFolder(root);
        lock (_gate)
            _flushedGeneration = Math.Max(_flushedGeneration, generation);
    }

    /// <summary>Makes a removal durable.</summary>
    internal void FlushRemoval(bool folderRemoved)
    {
        try
        {
            if (!folderRemoved)
                Posix.SyncFolder(folder);
        }
        catch (IOException e) when (e.HResult == Posix.Enoent)
        {
            folderRemoved = true; // by another removal since
        }

        if (folderRemoved)
            Posix.SyncFolder(root);
    }

    /// <summary>Whether it was us who removed the folder: one that vanished otherwise took blobs with it.</summary>
    private bool WasRemoved(long generation)
    {
        lock (_gate)
            return _removedGeneration >= generation;
    }
}

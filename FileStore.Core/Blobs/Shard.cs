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

    // Names whose file goes again if none of these commits ends well. A commit that finds such a file joins in, so that
    // nobody is told of a file that is then taken back.
    private readonly Dictionary<string, HashSet<DiskCommit>> _tentative = [];

    /// <summary>Renames a whole file into the folder, making it if need be. False if the name is taken.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Its name in the folder.</param>
    /// <param name="group">The commit with which it stays or goes; null if it stays.</param>
    /// <param name="generation">What to flush.</param>
    internal bool TryAdd(string from, string to, DiskCommit? group, out long generation) =>
        Rename(from, to, group, () => Posix.TryRenameNew(from, to), out generation);

    /// <summary>
    /// The same, in the place of a damaged file; a folder there goes, or out of the way if it is not empty. It is never
    /// taken back: somebody was told of the blob before.
    /// </summary>
    internal void Replace(string from, string to, out long generation) => Rename(from, to, null, () =>
    {
        try
        {
            Posix.RenameOver(from, to);
        }
        catch (IOException e) when (e.HResult == Posix.Eisdir)
        {
            if (!Posix.TryRemoveFolder(to))
                Posix.RenameOver(to, $"{from}.folder");
            Posix.RenameOver(from, to);
        }

        return true;
    }, out generation);

    /// <summary>Counts on a file that is there already. False if it is not there any more.</summary>
    /// <param name="path">The file.</param>
    /// <param name="group">The commit that is to keep it or let it go; null if it is to stay in any case.</param>
    internal bool TryClaim(string path, DiskCommit? group)
    {
        lock (_gate)
        {
            if (!_tentative.TryGetValue(path, out var commits))
                return Posix.LStat(path) is not null;
            if (group is null)
                _tentative.Remove(path);
            else
                commits.Add(group);
            return true;
        }
    }

    /// <summary>A commit has ended well: what it counts on stays.</summary>
    internal void Keep(string path, DiskCommit group)
    {
        lock (_gate)
        {
            if (_tentative.TryGetValue(path, out var commits) && commits.Contains(group))
                _tentative.Remove(path);
        }
    }

    /// <summary>A commit has failed: the file that it counts on goes if nobody else does, and if a commit brought it.</summary>
    /// <returns>Whether it was removed.</returns>
    internal bool LetGo(string path, DiskCommit group, out bool folderRemoved)
    {
        lock (_gate)
        {
            folderRemoved = false;
            if (!_tentative.TryGetValue(path, out var commits) || !commits.Remove(group) || commits.Count > 0)
                return false;
            _tentative.Remove(path);
            return TryRemove(path, out folderRemoved);
        }
    }

    private bool Rename(string from, string to, DiskCommit? group, Func<bool> rename, out long generation)
    {
        lock (_gate)
        {
            var before = _generation;
            try
            {
                var renamed = RenameOrMake(from, rename);
                if (renamed)
                    _tentative.Remove(to);
                if (renamed && group is not null)
                    _tentative.Add(to, [group]);
                generation = _generation;
                return renamed;
            }
            catch when (_generation != before)
            {
                if (Posix.TryRemoveFolder(folder)) // it was made for this file
                    _removedGeneration = _generation;
                throw;
            }
        }
    }

    private bool RenameOrMake(string from, Func<bool> rename)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return rename();
            }
            catch (IOException e) when (e.HResult == Posix.Enoent && attempt < 8)
            {
                // Without the file to rename, the whole store is gone, and nothing is made in its place.
                // More than once only when another program removes empty folders as fast as we make them.
                if (Posix.LStat(from) is null)
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
            _tentative.Remove(path);
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

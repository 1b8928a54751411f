using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// One directory <c>store/ab</c>, which is created with its first blob and removed with its last. Its name is in the
/// store's root, so the root must be flushed after each creation, including one by an earlier process: <c>_generation</c>
/// counts creations. The lock serialises creating and removing the directory and is not held during fsync.
/// </summary>
internal sealed class Shard(string root, string directory)
{
    private readonly Lock _lock = new();
    private long _generation = 1;
    private long _flushedGeneration;
    private long _removedGeneration;

    // Files that are removed if all of these commits fail. A commit that finds such a file joins, so that no client is told
    // of a file that is removed afterwards.
    private readonly Dictionary<string, HashSet<DiskCommit>> _tentative = [];

    /// <summary>Renames a complete file into the directory, creating it if needed. False if the name is taken.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">Its new path in the directory.</param>
    /// <param name="group">The commit that may roll it back; null if it stays.</param>
    /// <param name="generation">The generation to flush.</param>
    internal bool TryAdd(string from, string to, DiskCommit? group, out long generation) =>
        Rename(from, to, group, () => Posix.TryRenameNew(from, to), out generation);

    /// <summary>
    /// The same, replacing a damaged file. An empty directory of that name is removed, another one is moved away. The file
    /// is never rolled back: clients know of the blob already.
    /// </summary>
    internal void Replace(string from, string to, out long generation) => Rename(from, to, null, () =>
    {
        try
        {
            Posix.RenameOver(from, to);
        }
        catch (IOException e) when (e.HResult == Posix.Eisdir)
        {
            if (!Posix.TryRemoveDirectory(to))
                Posix.RenameOver(to, $"{from}.folder");
            Posix.RenameOver(from, to);
        }

        return true;
    }, out generation);

    /// <summary>Claims an existing file. False if it is gone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="group">The commit that confirms or releases it; null if it stays in any case.</param>
    internal bool TryClaim(string path, DiskCommit? group)
    {
        lock (_lock)
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

    /// <summary>The commit has succeeded: the file stays.</summary>
    internal void Confirm(string path, DiskCommit group)
    {
        lock (_lock)
        {
            if (_tentative.TryGetValue(path, out var commits) && commits.Contains(group))
                _tentative.Remove(path);
        }
    }

    /// <summary>The commit has failed: the file is removed if a commit added it and no other claims it.</summary>
    /// <returns>Whether it was removed.</returns>
    internal bool Release(string path, DiskCommit group, out bool directoryRemoved)
    {
        lock (_lock)
        {
            directoryRemoved = false;
            if (!_tentative.TryGetValue(path, out var commits) || !commits.Remove(group) || commits.Count > 0)
                return false;
            _tentative.Remove(path);
            return TryRemove(path, out directoryRemoved);
        }
    }

    private bool Rename(string from, string to, DiskCommit? group, Func<bool> rename, out long generation)
    {
        lock (_lock)
        {
            var previous = _generation;
            try
            {
                var renamed = RenameOrCreate(from, rename);
                if (renamed)
                    _tentative.Remove(to);
                if (renamed && group is not null)
                    _tentative.Add(to, [group]);
                generation = _generation;
                return renamed;
            }
            catch when (_generation != previous)
            {
                if (Posix.TryRemoveDirectory(directory)) // it was created for this file
                    _removedGeneration = _generation;
                throw;
            }
        }
    }

    private bool RenameOrCreate(string from, Func<bool> rename)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return rename();
            }
            catch (IOException e) when (e.HResult == Posix.Enoent && attempt < 8)
            {
                // If the source is gone too, the store has vanished: do not recreate it. Several attempts are needed only
                // if another program keeps removing empty directories.
                if (Posix.LStat(from) is null)
                    throw;
                if (Posix.TryMakeDirectory(directory))
                    _generation++;
            }
        }
    }

    /// <summary>Removes a file, and the directory with its last one. False if there is no such file.</summary>
    internal bool TryRemove(string path, out bool directoryRemoved)
    {
        lock (_lock)
        {
            directoryRemoved = false;
            if (!Posix.TryUnlink(path))
                return false;
            _tentative.Remove(path);
            directoryRemoved = Posix.TryRemoveDirectory(directory);
            if (directoryRemoved)
                _removedGeneration = _generation;
            return true;
        }
    }

    /// <summary>The generation to flush for a name that exists already.</summary>
    internal long Generation
    {
        get
        {
            lock (_lock)
                return _generation;
        }
    }

    /// <summary>Makes the names in the directory and its own name durable.</summary>
    internal void Flush(long generation)
    {
        try
        {
            Posix.SyncDirectory(directory);
        }
        catch (IOException e) when (e.HResult == Posix.Enoent && WasRemoved(generation))
        {
            return; // the blob was removed in the meantime, with its directory: no name is left to flush
        }

        if (Volatile.Read(ref _flushedGeneration) >= generation)
            return;
        Posix.SyncDirectory(root);
        lock (_lock)
            _flushedGeneration = Math.Max(_flushedGeneration, generation);
    }

    /// <summary>Makes a removal durable.</summary>
    internal void FlushRemoval(bool directoryRemoved)
    {
        try
        {
            if (!directoryRemoved)
                Posix.SyncDirectory(directory);
        }
        catch (IOException e) when (e.HResult == Posix.Enoent)
        {
            directoryRemoved = true; // another removal did that
        }

        if (directoryRemoved)
            Posix.SyncDirectory(root);
    }

    /// <summary>Whether this store removed the directory. One that vanished otherwise took blobs with it.</summary>
    private bool WasRemoved(long generation)
    {
        lock (_lock)
            return _removedGeneration >= generation;
    }
}

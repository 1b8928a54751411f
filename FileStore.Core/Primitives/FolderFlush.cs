namespace FileStore.Core.Primitives;

/// <summary>Tells where names cannot be made durable.</summary>
public static class FolderFlush
{
    /// <summary>
    /// Of these folders, one on each file system that cannot flush folders (cifs, some of FUSE): a new name there may be
    /// lost in a power cut. What cannot be tried is left out.
    /// </summary>
    public static IReadOnlyList<string> FindImpossible(IEnumerable<string> folders)
    {
        var seen = new HashSet<ulong>();
        return [.. folders.Where(folder => IsImpossible(folder, seen))];
    }

    private static bool IsImpossible(string folder, HashSet<ulong> seen)
    {
        try
        {
            return Posix.StatFull(folder) is { IsFolder: true } status && seen.Add(status.Device) && !Posix.CanSyncFolder(folder);
        }
        catch (IOException)
        {
            return false; // it may be another's, or broken: whoever writes there is told
        }
    }
}

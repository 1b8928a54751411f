namespace FileStore.Core.Primitives;

/// <summary>Finds file systems on which new names cannot be made durable.</summary>
public static class DirectorySync
{
    /// <summary>
    /// Returns one of these directories per file system that cannot flush directories (cifs, some of FUSE). A new name
    /// there may be lost in a power failure. Directories that cannot be examined are left out.
    /// </summary>
    public static IReadOnlyList<string> FindUnsupported(IEnumerable<string> directories)
    {
        var devices = new HashSet<ulong>();
        return [.. directories.Where(directory => IsUnsupported(directory, devices))];
    }

    private static bool IsUnsupported(string directory, HashSet<ulong> devices)
    {
        try
        {
            return Posix.StatFull(directory) is { IsDirectory: true } status && devices.Add(status.Device) && !Posix.TrySyncDirectory(directory);
        }
        catch (IOException)
        {
            return false; // not accessible or broken: whoever writes there gets an error
        }
    }
}

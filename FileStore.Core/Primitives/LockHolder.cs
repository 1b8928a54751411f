using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>The process that holds a <see cref="FileLock"/>.</summary>
/// <param name="Pid">
/// Its id, which the kernel vouches for; null if the process has none here, because it lives in another container or on
/// another machine, or if the kernel does not tell us.
/// </param>
public readonly record struct LockHolder(int? Pid)
{
    /// <summary>For messages.</summary>
    public override string ToString() => Pid is { } pid
        ? string.Create(CultureInfo.InvariantCulture, $"pid {pid}")
        : "in another container or on another machine: its process cannot be seen from here";

    /// <summary>The process that has locked this place of an open file; the kernel lists the locks of each (proc(5), fdinfo).</summary>
    internal static LockHolder Search(SafeFileHandle file, string path, long place)
    {
        var inode = Posix.FStat(file, path).Inode;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && HasLocked(pid, inode, place))
                return new LockHolder(pid);
        }

        return default;
    }

    /// <summary>Whether this process has locked this place of a file. False, too, if we may not look.</summary>
    internal static bool HasLocked(int pid, ulong inode, long place)
    {
        var lockOfOurs = string.Create(CultureInfo.InvariantCulture, $":{inode} {place} ");
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fdinfo").SelectMany(Lines)
                .Any(line => line.StartsWith("lock:", StringComparison.Ordinal) && line.Contains("OFDLCK", StringComparison.Ordinal)
                    && line.Contains(lockOfOurs, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What the kernel says of an open file; nothing if the process has closed it meanwhile, as a busy one does.</summary>
    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}

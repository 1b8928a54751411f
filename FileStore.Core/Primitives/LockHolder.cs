using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Primitives;

/// <summary>The process that holds a <see cref="FileLock"/>.</summary>
/// <param name="Pid">
/// The process id, as the kernel reports it. Null if the process is in another container or on another machine, or the
/// kernel does not say.
/// </param>
public readonly record struct LockHolder(int? Pid)
{
    /// <summary>The holder, as a part of a message.</summary>
    public override string ToString() => Pid is { } pid
        ? string.Create(CultureInfo.InvariantCulture, $"pid {pid}")
        : "in another container or on another machine: its process cannot be seen from here";

    /// <summary>
    /// Finds the process that holds a lock at an offset of an open file. The kernel lists the locks of each process
    /// (proc(5), fdinfo).
    /// </summary>
    internal static LockHolder Search(SafeFileHandle file, string path, long offset)
    {
        var inode = Posix.FStat(file, path).Inode;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && HasLocked(pid, inode, offset))
                return new LockHolder(pid);
        }

        return default;
    }

    /// <summary>Whether a process holds a lock at an offset of a file. False if we may not look.</summary>
    internal static bool HasLocked(int pid, ulong inode, long offset)
    {
        var wanted = string.Create(CultureInfo.InvariantCulture, $":{inode} {offset} ");
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fdinfo").SelectMany(Lines)
                .Any(line => line.StartsWith("lock:", StringComparison.Ordinal) && line.Contains("OFDLCK", StringComparison.Ordinal)
                    && line.Contains(wanted, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The kernel's lines on an open file; none if the process has closed it in the meantime.</summary>
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

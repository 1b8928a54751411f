using System.Globalization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>Identifies a process even if its process id is reused.</summary>
/// <param name="Pid">The process id.</param>
/// <param name="Start">Its start time in clock ticks since boot (proc(5), stat, field 22).</param>
/// <param name="Boot">The id of that boot.</param>
public sealed record ProcessIdentity(int Pid, long Start, string Boot)
{
    /// <summary>Whether it is still running.</summary>
    internal bool IsAlive => Of(Pid) == this;

    /// <summary>The process with this id; null if there is none, or the kernel does not say.</summary>
    internal static ProcessIdentity? Of(int pid)
    {
        const int start = 19;
        return StatOf(pid) is { } fields && Read("/proc/sys/kernel/random/boot_id") is { } boot
            ? new ProcessIdentity(pid, long.Parse(fields[start], CultureInfo.InvariantCulture), boot.Trim())
            : null;
    }

    /// <summary>The fields of a process's stat file from the third one, its state. Null if there is no such process.</summary>
    internal static string[]? StatOf(int pid) =>
        Read($"/proc/{pid}/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null; // the second field, the name, may contain spaces and parentheses

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (DiskFaults.Of(e) is not null)
        {
            return null;
        }
    }
}

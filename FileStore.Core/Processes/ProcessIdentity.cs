using System.Globalization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>A process told apart from every other that had or will have its number.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Start">When it was started, in ticks since the machine was (proc(5), stat, field 22).</param>
/// <param name="Boot">Which run of the machine that was.</param>
public sealed record ProcessIdentity(int Pid, long Start, string Boot)
{
    /// <summary>Whether it is still there.</summary>
    internal bool IsAlive => Of(Pid) == this;

    /// <summary>The process that has this number now; null if none has, or if the kernel does not say.</summary>
    internal static ProcessIdentity? Of(int pid)
    {
        const int start = 19;
        return StatOf(pid) is { } fields && Read("/proc/sys/kernel/random/boot_id") is { } boot
            ? new ProcessIdentity(pid, long.Parse(fields[start], CultureInfo.InvariantCulture), boot.Trim())
            : null;
    }

    /// <summary>What the kernel says of a process, from its state on (field 3); null if there is none of this number.</summary>
    internal static string[]? StatOf(int pid) =>
        Read($"/proc/{pid}/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null; // a name may hold spaces and parentheses

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

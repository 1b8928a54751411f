using System.Globalization;

namespace FileStore.Core.Processes;

/// <summary>A process told apart from every other that had or will have its number.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Start">When it was started, in ticks since the machine was (proc(5), stat, field 22).</param>
/// <param name="Boot">Which run of the machine that was.</param>
public sealed record ProcessIdentity(int Pid, long Start, string Boot)
{
    /// <summary>Whether it is still there.</summary>
    internal bool IsAlive => Of(Pid) == this;

    /// <summary>The process that has this number now; null if none has.</summary>
    internal static ProcessIdentity? Of(int pid)
    {
        const int start = 19;
        return StatOf(pid) is { } fields
            ? new ProcessIdentity(pid, long.Parse(fields[start], CultureInfo.InvariantCulture), File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim())
            : null;
    }

    /// <summary>What the kernel says of a process, from its state on (field 3); null if there is none of this number.</summary>
    internal static string[]? StatOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // a name may hold spaces and parentheses
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

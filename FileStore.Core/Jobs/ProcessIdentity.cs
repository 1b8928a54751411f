using System.Globalization;

namespace FileStore.Core.Jobs;

/// <summary>A process told apart from every other that had or will have its number.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Start">When it was started, in ticks since the machine was (proc(5), stat, field 22).</param>
/// <param name="Boot">Which run of the machine that was.</param>
public sealed record ProcessIdentity(int Pid, long Start, string Boot)
{
    /// <summary>The process that has this number now; null if none has, or it cannot be told.</summary>
    internal static ProcessIdentity? Of(int pid)
    {
        const int start = 19; // counted behind the name, which ends with the last parenthesis
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return new ProcessIdentity(pid, long.Parse(fields[start], CultureInfo.InvariantCulture), boot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether it is still there.</summary>
    internal bool IsAlive => Of(Pid) == this;
}

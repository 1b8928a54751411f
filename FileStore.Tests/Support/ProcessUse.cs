using System.Globalization;

namespace FileStore.Tests.Support;

/// <summary>What a process holds and has used, from /proc.</summary>
internal static class ProcessUse
{
    /// <summary>Its sockets, and the files it has open in a store; the libraries that a runtime opens when it needs them do not count.</summary>
    public static int OpenFiles(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(TargetOf)
        .Count(target => target.StartsWith("socket:", StringComparison.Ordinal) || target.Contains("/store/"));

    public static int Threads(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    /// <summary>Resident memory in bytes.</summary>
    public static long Memory(int pid) => Memory(pid, "VmRSS:");

    /// <summary>The most resident memory it ever had, in bytes.</summary>
    public static long PeakMemory(int pid) => Memory(pid, "VmHWM:");

    private static long Memory(int pid, string which)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(which, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>Processor time of all its threads.</summary>
    public static TimeSpan Cpu(int pid)
    {
        const int user = 11, system = 12; // counted behind the name, which ends with the last parenthesis
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((long.Parse(fields[user], CultureInfo.InvariantCulture) + long.Parse(fields[system], CultureInfo.InvariantCulture)) / 100.0);
    }

    /// <summary>What a descriptor in /proc is of; empty if it was closed meanwhile.</summary>
    public static string TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}

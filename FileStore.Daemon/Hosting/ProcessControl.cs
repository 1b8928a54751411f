using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Daemon.Hosting;

/// <summary>The calls of a Unix daemon that .NET does not have.</summary>
internal static partial class ProcessControl
{
    internal const int SigKill = 9, SigTerm = 15;

    /// <summary>Leaves the terminal and its session (setsid(2)): what happens to them is no concern of ours from now on.</summary>
    /// <returns>False if this process leads its group, and so cannot leave it.</returns>
    internal static bool LeaveSession() => setsid() >= 0;

    /// <summary>Whether the leader of our session is a child of this process, as the shell of a job is of the daemon.</summary>
    internal static bool IsInSessionStartedBy(int pid)
    {
        const int parent = 1; // of the fields behind the name (proc_pid_stat(5))
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{getsid(0)}/stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[parent] == pid.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false; // the leader has ended
        }
    }

    /// <summary>Takes signals as they come, also those that whoever started us has chosen to ignore, as nohup(1) does.</summary>
    internal static void HeedSignals()
    {
        const int hangUp = 1, interrupt = 2;
        foreach (var number in (int[])[hangUp, interrupt, SigTerm])
            signal(number, 0);
    }

    /// <summary>
    /// Lets a write beyond RLIMIT_FSIZE fail with EFBIG instead of ending the process (SIGXFSZ, setrlimit(2)). Programs that
    /// are started for others get the default back (<see cref="Core.Processes.ProgramStart"/>).
    /// </summary>
    internal static void IgnoreFileSizeSignal()
    {
        const int fileSizeExceeded = 25, ignore = 1;
        _ = signal(fileSizeExceeded, ignore);
    }

    /// <summary>Makes a standard stream (0, 1, 2) another open file (dup2(2)).</summary>
    internal static void Redirect(SafeFileHandle file, int standardStream) => _ = dup2(file, standardStream);

    /// <summary>Sends a signal. False if the process is not there, or not ours to signal.</summary>
    internal static bool Signal(int pid, int signal) => kill(pid, signal) == 0;

    /// <summary>The most files this process may have open, now: it can be changed from outside (prlimit(1)).</summary>
    internal static int MaxOpenFiles()
    {
        const int openFiles = 7;
        return getrlimit(openFiles, out var limit) == 0 ? (int)Math.Min(limit.Soft, int.MaxValue) : int.MaxValue;
    }

    /// <summary>struct rlimit of 64-bit Linux.</summary>
    private struct ResourceLimit
    {
        internal ulong Soft;
        internal ulong Hard;
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int getsid(int pid);

    [LibraryImport("libc")]
    private static partial int dup2(SafeFileHandle from, int to);

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}

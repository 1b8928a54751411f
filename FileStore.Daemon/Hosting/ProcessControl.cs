using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Daemon.Hosting;

/// <summary>System calls of a Unix daemon that .NET does not offer.</summary>
internal static partial class ProcessControl
{
    internal const int SigKill = 9, SigTerm = 15, SigXfsz = 25;

    /// <summary>Leaves the terminal and its session (setsid(2)), so that their end does not end this process.</summary>
    /// <returns>False if this process leads its group, and so cannot leave it.</returns>
    internal static bool LeaveSession() => setsid() >= 0;

    /// <summary>
    /// Whether the leader of this process's session is a child of the given process, as the shell of a job is of the daemon,
    /// or has ended, as that shell has when it left this process in the background.
    /// </summary>
    internal static bool IsInSessionStartedBy(int pid)
    {
        const int parent = 1; // index in the values behind the name (proc_pid_stat(5))
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{getsid(0)}/stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[parent] == pid.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>
    /// Lets a write beyond RLIMIT_FSIZE fail with EFBIG instead of ending the process (SIGXFSZ, setrlimit(2)). Programs that
    /// this process starts get the default back (<see cref="Core.Processes.ProgramStart"/>).
    /// </summary>
    internal static void IgnoreFileSizeSignal()
    {
        const int ignore = 1;
        _ = signal(SigXfsz, ignore);
    }

    /// <summary>Redirects a standard stream (0, 1, 2) to an open file (dup2(2)).</summary>
    internal static void Redirect(SafeFileHandle file, int standardStream) => _ = dup2(file, standardStream);

    /// <summary>
    /// Sends a signal to a process, and never to another one that got its pid meanwhile: the process is opened before it is
    /// checked (pidfd_open(2)). False if the process has ended, is another one, or may not be signalled.
    /// </summary>
    /// <param name="pid">Its pid.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="isMeant">Whether the process that has this pid is the right one.</param>
    internal static bool Signal(int pid, int signal, Func<bool> isMeant)
    {
        const int open = 434, send = 424;
        var number = (int)syscall(open, pid, 0, 0, 0);
        using var process = new SafeFileHandle(number, ownsHandle: true);
        if (number < 0) // a kernel before 5.3, or a sandbox
            return isMeant() && kill(pid, signal) == 0;
        return isMeant() && syscall(send, number, signal, 0, 0) == 0;
    }

    /// <summary>The most files that this process may have open now; prlimit(1) can change it.</summary>
    internal static int MaxOpenFiles()
    {
        const int openFiles = 7;
        return getrlimit(openFiles, out var limit) == 0 ? (int)Math.Min(limit.Soft, int.MaxValue) : int.MaxValue;
    }

    /// <summary>Writes to standard error by a single system call.</summary>
    internal static void WriteError(ReadOnlySpan<byte> text) => _ = write(2, text, text.Length);

    /// <summary>struct rlimit of 64-bit Linux.</summary>
    private struct ResourceLimit
    {
        internal ulong Soft;
        internal ulong Hard;
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc")]
    private static partial nint write(int fd, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);

    [LibraryImport("libc")]
    private static partial int setsid();

    [LibraryImport("libc")]
    private static partial int getsid(int pid);

    [LibraryImport("libc")]
    private static partial int dup2(SafeFileHandle from, int to);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);
}

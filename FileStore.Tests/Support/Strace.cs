using System.Diagnostics;

namespace FileStore.Tests.Support;

/// <summary>
/// Makes system calls of a running daemon fail, or kills it at one of them, by strace(1). Disposing lets go of it.
/// Attaching may be forbidden (kernel.yama.ptrace_scope): the test is ignored then.
/// </summary>
internal sealed class Strace : IDisposable
{
    private readonly Process _strace;

    private Strace(Process strace) => _strace = strace;

    /// <summary>Returns once every thread of the daemon is held.</summary>
    /// <param name="pid">The daemon.</param>
    /// <param name="inject">As strace has it, e.g. <c>fsync:error=EIO:when=1</c>; counts are per thread.</param>
    /// <param name="path">Only calls that name this path, or a file open under it; null for all.</param>
    public static Strace Attach(int pid, string inject, string? path = null)
    {
        string[] only = path is null ? [] : ["-P", path];
        return Attach(pid, () => ["-f", "-p", $"{pid}", "-o", "/dev/null", "-e", $"trace={inject.Split(':')[0]}", "-e", $"inject={inject}", .. only]);
    }

    /// <summary>The same for the threads that there are, and for no program that they start. A log gets the calls.</summary>
    /// <param name="pid">The daemon.</param>
    /// <param name="log">The log's file, for <see cref="SystemCall.Read"/>.</param>
    /// <param name="inject">As above; null only to watch.</param>
    public static Strace AttachToThreads(int pid, string log, string? inject = null)
    {
        string[] what = inject is null ? ["-e", "trace=%file,%desc"] : ["-e", $"trace={inject.Split(':')[0]}", "-e", $"inject={inject}"];
        return Attach(pid, () => ["-y", "-o", log, .. what, "-p", string.Join(',', Directory.GetDirectories($"/proc/{pid}/task").Select(Path.GetFileName))]);
    }

    private static Strace Attach(int pid, Func<string[]> arguments)
    {
        Assume.That(Environment.IsPrivilegedProcess || PtraceScope() == "0", "needs root: strace may not attach to a process that it did not start");

        // strace attaches to the threads that it finds, and may miss one that is made at that moment: none is while it stands still.
        DaemonHome.Signal(pid, "STOP");
        try
        {
            Eventually.Until(() => EveryThread(pid, "State:\tT (stopped)"), "the daemon stands still");
            return Attached(pid, arguments());
        }
        finally
        {
            DaemonHome.Signal(pid, "CONT");
        }
    }

    private static Strace Attached(int pid, string[] arguments)
    {
        var start = new ProcessStartInfo("strace", arguments) { RedirectStandardError = true };
        var strace = new Strace(Process.Start(start)!);
        try
        {
            strace._strace.ErrorDataReceived += (_, _) => { };
            strace._strace.BeginErrorReadLine();
            Eventually.Until(() => strace._strace.HasExited || EveryThread(pid, $"TracerPid:\t{strace._strace.Id}"), "strace attaches");
            Assert.That(strace._strace.HasExited, Is.False, "strace could not attach");
            return strace;
        }
        catch
        {
            strace.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits until it has ended by itself, as it does when the daemon has died. Interrupted while the daemon's last threads
    /// die, it would try to let go of them and wait for ever.
    /// </summary>
    public void WaitForEnd() => Eventually.Until(() => _strace.HasExited, "strace ends with the daemon");

    public void Dispose()
    {
        if (!_strace.HasExited)
            Command.Run("/", "kill", "-INT", $"{_strace.Id}");
        if (!_strace.WaitForExit(TimeSpan.FromSeconds(20)))
            _strace.Kill();
        _strace.WaitForExit();
        _strace.Dispose();
    }

    private static string PtraceScope() =>
        File.Exists("/proc/sys/kernel/yama/ptrace_scope") ? File.ReadAllText("/proc/sys/kernel/yama/ptrace_scope").Trim() : "0";

    /// <summary>Whether this line stands in the status of each, see proc_pid_status(5).</summary>
    private static bool EveryThread(int pid, string line)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").All(thread => File.ReadLines($"{thread}/status").Contains(line));
        }
        catch (IOException)
        {
            return false; // a thread has ended meanwhile
        }
    }
}

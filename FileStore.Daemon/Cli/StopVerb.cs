using System.Diagnostics;
using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("stop", HelpText = "Stop the daemon.")]
internal sealed class StopArguments : CommonArguments
{
    [Group("Stop"), Option("force", HelpText = "Kill the daemon if it has not stopped in time")]
    public bool Force { get; set; }
}

/// <summary>Stops a daemon.</summary>
internal static class StopVerb
{
    // The daemon's own limit, and a little for it to end.
    private static readonly TimeSpan Timeout = DaemonHost.DrainTime + TimeSpan.FromSeconds(3);

    internal static int Execute(StopArguments flags) => Execute(flags, flags.Force);

    internal static int Execute(CommonArguments flags, bool force)
    {
        var pidFile = GetPidVerb.PidFile(flags);
        if (GetPidVerb.FindPid(pidFile) is not { } pid)
        {
            Console.WriteLine("filestore: not running");
            return CommandLine.Ok;
        }

        bool IsHolder() => FileLock.HolderOf(pidFile)?.Pid == pid;
        if (!ProcessControl.Signal(pid, ProcessControl.SigTerm, IsHolder) && IsHolder())
        {
            Console.Error.WriteLine($"filestore: the daemon (pid {pid}) is not yours to stop");
            return CommandLine.Failed;
        }

        if (!IsGone(IsHolder, Timeout) && !(force && IsKilled(pidFile, pid, IsHolder)))
        {
            Console.Error.WriteLine($"filestore: the daemon (pid {pid}) still runs after {Timeout.TotalSeconds:0} s; stop --force kills it");
            return CommandLine.Failed;
        }

        Console.WriteLine($"filestore with pid {pid} has stopped");
        return CommandLine.Ok;
    }

    private static bool IsKilled(string pidFile, int pid, Func<bool> isHolder)
    {
        ProcessControl.Signal(pid, ProcessControl.SigKill, isHolder);
        if (!IsGone(isHolder, TimeSpan.FromSeconds(5)))
            return false;
        FileLock.TryAcquire(pidFile, removeOnRelease: true)?.Dispose(); // and not, should one have started, another's
        return true;
    }

    private static bool IsGone(Func<bool> isHolder, TimeSpan patience)
    {
        var waited = Stopwatch.StartNew();
        while (isHolder())
        {
            if (waited.Elapsed > patience)
                return false;
            Thread.Sleep(20);
        }

        return true;
    }
}

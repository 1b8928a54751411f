using System.Diagnostics;
using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("stop", HelpText = "Stop the daemon.")]
internal sealed class StopFlags : Flags
{
    [Group("Stop"), Option("force", HelpText = "Kill the daemon if it has not stopped in time")]
    public bool Force { get; set; }
}

/// <summary>Ends a daemon.</summary>
internal static class StopVerb
{
    // The daemon's own limit, and a little for it to say good-bye.
    private static readonly TimeSpan Patience = DaemonHost.DrainTime + TimeSpan.FromSeconds(3);

    internal static int Execute(StopFlags flags) => Execute(flags, flags.Force);

    internal static int Execute(Flags flags, bool force)
    {
        var pidFile = GetPidVerb.PidFile(flags);
        if (FileLock.HolderOf(pidFile) is not { } pid)
        {
            Console.WriteLine("filestore: not running");
            return CommandLine.Ok;
        }

        if (!ProcessControl.Signal(pid, ProcessControl.SigTerm))
        {
            Console.Error.WriteLine($"filestore: the daemon (pid {pid}) is not yours to stop");
            return CommandLine.Failed;
        }

        if (!IsGone(pidFile, pid, Patience) && !(force && IsKilled(pidFile, pid)))
        {
            Console.Error.WriteLine($"filestore: the daemon (pid {pid}) still runs after {Patience.TotalSeconds:0} s; stop --force kills it");
            return CommandLine.Failed;
        }

        Console.WriteLine($"filestore with pid {pid} has stopped");
        return CommandLine.Ok;
    }

    private static bool IsKilled(string pidFile, int pid)
    {
        ProcessControl.Signal(pid, ProcessControl.SigKill);
        if (!IsGone(pidFile, pid, TimeSpan.FromSeconds(5)))
            return false;
        FileLock.TryAcquire(pidFile, removeOnRelease: true)?.Dispose(); // and not, should one have started, another's
        return true;
    }

    private static bool IsGone(string pidFile, int pid, TimeSpan patience)
    {
        var waited = Stopwatch.StartNew();
        while (FileLock.HolderOf(pidFile) == pid)
        {
            if (waited.Elapsed > patience)
                return false;
            Thread.Sleep(20);
        }

        return true;
    }
}

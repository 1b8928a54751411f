using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

[Verb("get_pid", HelpText = "Print the daemon's pid.")]
internal sealed class GetPidArguments : CommonArguments;

/// <summary>Prints the daemon's pid.</summary>
internal static class GetPidVerb
{
    internal static int Execute(CommonArguments flags)
    {
        if (FindPid(flags) is not { } pid)
            return CommandLine.NotRunning;
        Console.WriteLine(pid);
        return CommandLine.Ok;
    }

    /// <summary>The daemon's pid; null, after a message, if no daemon runs.</summary>
    /// <exception cref="StartException">A daemon runs in another PID namespace.</exception>
    internal static int? FindPid(CommonArguments flags)
    {
        var pid = FindPid(PidFile(flags));
        if (pid is null)
            Console.Error.WriteLine("filestore: not running");
        return pid;
    }

    /// <summary>The pid of the daemon that holds this PID file; null if no daemon does.</summary>
    /// <exception cref="StartException">A daemon runs in another PID namespace.</exception>
    internal static int? FindPid(string pidFile) => FileLock.HolderOf(pidFile) is not { } holder ? null
        : holder.Pid ?? throw new StartException($"the daemon runs {holder} ({pidFile})");

    internal static string PidFile(CommonArguments flags) => OptionsLoader.PidFile(flags.Given(), RunVerb.Variables(), RunVerb.CurrentDirectory());
}

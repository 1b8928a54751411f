using System.Diagnostics;
using CommandLine;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

[Verb("restart", HelpText = "Stop the daemon and start it again.")]
internal sealed class RestartArguments : DaemonArguments;

/// <summary>Replaces a running daemon by a new one.</summary>
internal static class RestartVerb
{
    private const string NotYours = "the daemon is not yours to restart";

    private static readonly string[] WhichDaemon = ["home", "pid-file"];

    internal static int Execute(RestartArguments flags, string[] args)
    {
        InheritedState.Reset();
        var directory = RunVerb.CurrentDirectory();
        var environment = RunVerb.Variables();
        string[] options = [.. args.Skip(1)];
        var given = flags.Given();
        var running = GetPidVerb.FindPid(GetPidVerb.PidFile(flags));
        // First of all: the daemon soon ends the group of the job that called this.
        if (running is { } starter && ProcessControl.IsInSessionStartedBy(starter) && !ProcessControl.LeaveSession())
            return ExecuteInAnotherProcess(args);
        if (running is { } pid)
        {
            var theirs = VariablesOf(pid);
            if (given.Keys.All(WhichDaemon.Contains))
            {
                (options, directory) = AsRunning(pid);
                environment = WithOurs(environment, theirs);
                using var parser = CommandLine.NewParser();
                given = parser.ParseArguments<RestartArguments>(options).Value.Given();
            }

            environment = TakePlaceOf(pid, environment, theirs);
            if (OptionsLoader.Home(given, environment, directory) is var home && !Directory.Exists(home))
                throw new StartException($"the daemon's home is gone ({home}); stop it, and start it in another");
        }

        StartupValidator.RequireValid(OptionsLoader.Load(given, environment, directory)); // so that the old daemon goes on if the new one could not start
        var stopped = StopVerb.Execute(flags, force: false);
        return stopped == CommandLine.Ok ? StartVerb.Execute(options, directory, environment) : stopped;
    }

    /// <summary>The arguments and the environment of the running daemon (proc(5)).</summary>
    private static (string[] Options, string Directory) AsRunning(int pid)
    {
        var options = Strings($"/proc/{pid}/cmdline").SkipWhile(arg => arg != "run").Skip(1).Where(arg => arg != "--" + RunVerb.Detached);
        return ([.. options], Directory.ResolveLinkTarget($"/proc/{pid}/cwd", returnFinalTarget: false)!.FullName);
    }

    /// <summary>
    /// A job of the daemon runs this process, so the daemon ends it when it stops. Another process leaves the job's group
    /// (setsid(2)) and starts the new daemon.
    /// </summary>
    private static int ExecuteInAnotherProcess(string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, args))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>
    /// Takes the user of the old daemon, whoever calls: that user could not use the files that a daemon of root's makes.
    /// </summary>
    /// <returns>The environment for the new daemon.</returns>
    private static Dictionary<string, string> TakePlaceOf(int pid, Dictionary<string, string> environment, Dictionary<string, string> theirs)
    {
        if (!ProcessUser.SharesNamespaces(pid))
            throw new StartException($"the daemon (pid {pid}) runs in a container, or as a service; restart it there (systemctl restart)");
        var user = ProcessUser.Of(pid);
        if (user.User == ProcessUser.Own.User)
            return environment;
        if (user.HasCapabilities)
            throw new StartException($"the daemon (pid {pid}) runs as user {user.User} with privileges that a restart would lose; restart it as it was started");

        user.Become();
        return StartVerb.CanRun() ? WithOurs(theirs, environment) : throw new StartException($"the daemon runs as user {user.User}, who may not run this program ({StartVerb.Program})");
    }

    /// <summary>An environment, with the daemon's variables of another one.</summary>
    private static Dictionary<string, string> WithOurs(Dictionary<string, string> environment, Dictionary<string, string> settings)
    {
        static bool IsOurs(string name) => name.StartsWith("FILESTORE_", StringComparison.Ordinal);

        return environment.Where(pair => !IsOurs(pair.Key)).Concat(settings.Where(pair => IsOurs(pair.Key))).ToDictionary();
    }

    private static Dictionary<string, string> VariablesOf(int pid) => Strings($"/proc/{pid}/environ")
        .Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);

    private static string[] Strings(string path)
    {
        try
        {
            return InheritedState.ReadStrings(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw StartException.DaemonHasEnded();
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartException(NotYours);
        }
    }
}

using System.Diagnostics;
using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("restart", HelpText = "stop, then start; without options it keeps those of the running daemon.")]
internal sealed class RestartFlags : DaemonFlags;

/// <summary>Puts a new daemon in the place of a running one.</summary>
internal static class RestartVerb
{
    private static readonly string[] WhichDaemon = ["home", "pid-file"];

    internal static int Execute(RestartFlags flags, string[] args)
    {
        var directory = Environment.CurrentDirectory;
        var environment = RunVerb.Variables();
        string[] options = [.. args.Skip(1)];
        var given = flags.Given();
        if (given.Keys.All(WhichDaemon.Contains) && FileLock.HolderOf(GetPidVerb.PidFile(flags)) is { } pid)
        {
            (options, directory, environment) = AsRunning(pid, environment);
            using var parser = CommandLine.NewParser();
            given = parser.ParseArguments<RestartFlags>(options).Value.Given();
        }

        if (!Directory.Exists(directory))
            throw new StartException($"the daemon's directory is gone ({directory}); stop it, and start it in another");
        StartCheck.Run(OptionsLoader.Load(given, environment, directory)); // what start would refuse is told while the old daemon still runs
        if (FileLock.HolderOf(GetPidVerb.PidFile(flags)) is { } running && ProcessControl.IsInSessionStartedBy(running) && !ProcessControl.LeaveSession())
            return ExecuteInAnotherProcess(args);
        var stopped = StopVerb.Execute(flags, force: false);
        return stopped == CommandLine.Ok ? StartVerb.Execute(options, directory, environment) : stopped;
    }

    /// <summary>
    /// The daemon that stops ends its jobs, and this process is one of them: only another one can leave its group
    /// (setsid(2)) and start the new daemon.
    /// </summary>
    private static int ExecuteInAnotherProcess(string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, args))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>
    /// What the running daemon was started with, which the kernel remembers (proc(5)). Of its environment, only what is
    /// ours: the rest should be today's.
    /// </summary>
    private static (string[] Options, string Directory, Dictionary<string, string> Environment) AsRunning(
        int pid, Dictionary<string, string> environment)
    {
        static bool IsOurs(string name) => name.StartsWith("FILESTORE_", StringComparison.Ordinal);

        var process = $"/proc/{pid}";
        var options = Strings($"{process}/cmdline").SkipWhile(arg => arg != "run").Skip(1).Where(arg => arg != "--" + RunVerb.Detached);
        var theirs = Strings($"{process}/environ").Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2 && IsOurs(pair[0]));
        var merged = environment.Where(pair => !IsOurs(pair.Key)).ToDictionary();
        foreach (var pair in theirs)
            merged[pair[0]] = pair[1];
        var directory = Directory.ResolveLinkTarget($"{process}/cwd", returnFinalTarget: false)!.FullName;
        return ([.. options], directory, merged);
    }

    private static string[] Strings(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\0').Split('\0');
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartException("the daemon is not yours to restart");
        }
    }
}

using System.Collections;
using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("run", HelpText = "Run the daemon in the foreground (systemd, containers).")]
internal sealed class RunArguments : DaemonArguments
{
    /// <summary>Set by <c>start</c> for the daemon that it starts.</summary>
    [Option(RunVerb.Detached, Hidden = true)]
    public bool IsDetached { get; set; }
}

/// <summary>Runs the daemon in this process.</summary>
internal static class RunVerb
{
    internal const string Detached = "detached";

    private static volatile bool s_isOnItsOwn;

    internal static async Task<int> ExecuteAsync(RunArguments flags)
    {
        InheritedState.Reset();
        if (flags.IsDetached)
        {
            ProcessControl.LeaveSession();
            new Thread(EndWithStarter) { IsBackground = true, Name = "starter" }.Start();
        }

        OpenFileLimit.Require();
        var options = OptionsLoader.Load(flags.Given(), Variables(), CurrentDirectory());
        using var folders = new NewFolders(options.Home, Path.GetDirectoryName(options.PidFile)!, Path.GetDirectoryName(options.LogFile)!);
        using var log = new Log(options, toConsole: !flags.IsDetached, TimeProvider.System);
        await new DaemonHost(options, log, TimeProvider.System).RunAsync((urls, notes) =>
        {
            folders.Keep();
            if (!flags.IsDetached)
                return;
            foreach (var note in notes)
                Console.WriteLine($"filestore: {note}");
            Environment.CurrentDirectory = options.Home;
            s_isOnItsOwn = true; // before the line, since the starter may end when it has it
            Console.WriteLine(string.Join(' ', urls));
            LetGoOfTerminal(log);
        });
        return CommandLine.Ok;
    }

    internal static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value!);

    /// <summary>The current directory; empty if it has been deleted.</summary>
    internal static string CurrentDirectory()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Ends the daemon if its starter is killed before it has reported the daemon. The starter holds our standard input open while it waits.</summary>
    private static void EndWithStarter()
    {
        using var input = Console.OpenStandardInput();
        if (input.ReadByte() < 0 && !s_isOnItsOwn)
            Environment.Exit(CommandLine.Failed);
    }

    /// <summary>Reads from /dev/null from now on, and writes to the log: there the runtime prints the reason of a crash.</summary>
    private static void LetGoOfTerminal(Log log)
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        ProcessControl.Redirect(nothing, 0);
        ProcessControl.Redirect(nothing, 1);
        ProcessControl.Redirect(nothing, 2);
        log.OnOpened(RedirectOutput);
    }

    private static void RedirectOutput(AppendFile log)
    {
        ProcessControl.Redirect(log.Handle, 1);
        ProcessControl.Redirect(log.Handle, 2);
    }
}

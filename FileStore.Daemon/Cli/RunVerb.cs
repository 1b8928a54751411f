using System.Collections;
using CommandLine;
using FileStore.Core.Primitives;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("run", HelpText = "Run the daemon in the foreground (systemd, containers).")]
internal sealed class RunFlags : DaemonFlags
{
    /// <summary>Given by <c>start</c> to the process that it leaves behind.</summary>
    [Option(RunVerb.Detached, Hidden = true)]
    public bool IsDetached { get; set; }
}

/// <summary>Is the daemon.</summary>
internal static class RunVerb
{
    internal const string Detached = "detached";

    internal static async Task<int> ExecuteAsync(RunFlags flags)
    {
        if (flags.IsDetached)
        {
            ProcessControl.LeaveSession();
            ProcessControl.HeedSignals();
        }

        var options = OptionsLoader.Load(flags.Given(), Variables(), Environment.CurrentDirectory);
        using var log = new Log(options, toConsole: !flags.IsDetached, TimeProvider.System);
        await new DaemonHost(options, log, TimeProvider.System).RunAsync((urls, notes) =>
        {
            if (!flags.IsDetached)
                return;
            foreach (var note in notes)
                Console.WriteLine($"filestore: {note}");
            Console.WriteLine(string.Join(' ', urls));
            LetGoOfTerminal(log);
        });
        return CommandLine.Ok;
    }

    internal static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value!);

    /// <summary>Input comes from nowhere; what the runtime prints when it crashes goes to the log.</summary>
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

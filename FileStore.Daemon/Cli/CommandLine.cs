using CommandLine;
using CommandLine.Text;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

/// <summary>From arguments to a verb, and from a verb to an exit code.</summary>
internal static class CommandLine
{
    internal const int Ok = 0, Failed = 1, Usage = 2, NotRunning = 3;

    private static readonly string[] Names = [.. Verb.All.Select(verb => verb.Name), "help", "version"];

    internal static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["-V" or "--version" or "version"]:
                return PrintVersion();
            case ["version", var extra, ..]:
                return Misused($"unexpected argument {ShownValue.Of(extra)}");
            case ["help" or "-h" or "--help", .. var words]:
                return ShowHelp(words);
        }

        var isNamed = args.Length > 0 && !args[0].StartsWith('-');
        if (Verb.Find(isNamed ? args[0] : Verb.Default) is not { } verb)
            return UnknownCommand(args[0]);
        var arguments = Arguments.Read(verb, isNamed ? args[1..] : args);
        if (arguments.WantsHelp)
            return Print(Help.Of(verb));
        if (arguments.WantsVersion)
            return PrintVersion();
        if (arguments.Fault is not null)
            return Misused(arguments.Fault, verb);

        args = [verb.Name, .. arguments.Canonical];
        using var parser = NewParser();
        return parser.ParseArguments(args, [.. Verb.All.Select(known => known.Flags)]) switch
        {
            Parsed<object> { Value: CommonArguments flags } => await ExecuteAsync(flags, args),
            NotParsed<object> failed => Misused(SentenceBuilder.Create().FormatError(failed.Errors.First()), verb),
            _ => throw new InvalidOperationException($"nothing came of {verb.Name}"),
        };
    }

    /// <summary>The parser of every command line.</summary>
    internal static Parser NewParser() => new(settings => (settings.HelpWriter, settings.AllowMultiInstance) = (null, true));

    /// <summary>Reports wrong usage of a command.</summary>
    internal static int Misused(string message, Verb verb)
    {
        Complain([message], Usage);
        Console.Error.WriteLine($"{Help.UsageOf(verb)}\n'filestore help {verb.Name}' tells more.");
        return Usage;
    }

    private static int Misused(string message)
    {
        Complain([message], Usage);
        Console.Error.WriteLine($"Usage: filestore [COMMAND] [OPTIONS]\nCommands: {string.Join(", ", Names)}. 'filestore help' tells more.");
        return Usage;
    }

    private static async Task<int> ExecuteAsync(CommonArguments flags, string[] args)
    {
        try
        {
            return flags switch
            {
                StartArguments => StartVerb.Execute(args),
                RunArguments run => await RunVerb.ExecuteAsync(run),
                StopArguments stop => StopVerb.Execute(stop),
                RestartArguments restart => RestartVerb.Execute(restart, args),
                GetPidArguments => GetPidVerb.Execute(flags),
                StatusArguments => StatusVerb.Execute(flags),
                TokenArguments token => TokenVerb.Execute(token),
                IndexArguments index => await IndexVerb.ExecuteAsync(index),
                CheckArguments check => CheckVerb.Execute(check),
                _ => throw new InvalidOperationException($"no verb takes {flags.GetType().Name}"),
            };
        }
        catch (OptionsException e)
        {
            return Complain(e.Faults, flags is RunArguments or CheckArguments ? Usage : Failed);
        }
        catch (Exception e) when (e is StartException or TokenFileException or IOException or UnauthorizedAccessException)
        {
            return Complain([e.Message], Failed);
        }
    }

    private static int ShowHelp(string[] words) => words switch
    {
        [] or ["help" or "-h" or "--help", ..] => Print(Help.General()),
        [var name, ..] when Verb.Find(name) is not { } => UnknownCommand(name),
        [var name, var extra, ..] when Verb.Find(name) is { TakesWords: false } verb => Misused($"unexpected argument {ShownValue.Of(extra)}", verb),
        ["token", var action, ..] when action is not ("add" or "list" or "revoke") => TokenVerb.UnknownAction(action),
        [var name, ..] => Print(Help.Of(Verb.Find(name)!)),
    };

    private static int UnknownCommand(string name) => Misused(
        (name.StartsWith('-') ? $"{ShownValue.Of(name)} is an option, not a command" : $"unknown command {ShownValue.Of(name)}") + Suggestion.For(name, Names));

    private static int PrintVersion() => Print(HeadingInfo.Default);

    private static int Print(string text)
    {
        Console.WriteLine(text);
        return Ok;
    }

    private static int Complain(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines)
            Console.Error.WriteLine($"filestore: {line}");
        return exitCode;
    }
}

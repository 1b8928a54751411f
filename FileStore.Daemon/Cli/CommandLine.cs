using CommandLine;
using CommandLine.Text;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Cli;

/// <summary>From arguments to a verb, and from a verb to an exit code.</summary>
internal static class CommandLine
{
    internal const int Ok = 0, Failed = 1, Usage = 2, NotRunning = 3;

    private const string UsageLine = "Usage: filestore [VERB] [OPTIONS]        filestore VERB --help tells more";

    internal static async Task<int> RunAsync(string[] args)
    {
        args = [.. args.Select(arg => arg == "-h" ? "--help" : arg)];
        using var parser = NewParser();
        var result = parser.ParseArguments<StartFlags, RunFlags, StopFlags, RestartFlags, GetPidFlags, StatusFlags, TokenFlags, CheckFlags>(args);
        if (result is not Parsed<object> { Value: Flags flags })
            return Explain(result);
        if (flags is not TokenFlags && flags.Rest.FirstOrDefault() is { } extra)
            return Misused($"{ShownValue.Of(extra)} is neither a verb nor an option");
        if (WithoutValue(flags, args) is { } bare)
            return Misused($"{bare} needs a value", UsageOf(result));
        if (GivenTwice(flags, args) is { } twice)
            return Misused($"{twice} is given twice", UsageOf(result));

        try
        {
            return flags switch
            {
                StartFlags => StartVerb.Execute(args),
                RunFlags run => await RunVerb.ExecuteAsync(run),
                StopFlags stop => StopVerb.Execute(stop),
                RestartFlags restart => RestartVerb.Execute(restart, args),
                GetPidFlags => GetPidVerb.Execute(flags),
                StatusFlags => StatusVerb.Execute(flags),
                TokenFlags token => TokenVerb.Execute(token),
                CheckFlags check => CheckVerb.Execute(check),
                _ => throw new InvalidOperationException($"no verb takes {flags.GetType().Name}"),
            };
        }
        catch (OptionsException e)
        {
            return Complain(e.Faults, flags is RunFlags or CheckFlags ? Usage : Failed);
        }
        catch (Exception e) when (e is StartException or TokenFileException or IOException or UnauthorizedAccessException)
        {
            return Complain([e.Message], Failed);
        }
    }

    /// <summary>
    /// An option whose value is missing. The parser takes it for not given, or takes the next option's name for the value.
    /// A value that begins with dashes is given as --store=--odd.
    /// </summary>
    private static string? WithoutValue(Flags flags, string[] args)
    {
        bool Takes(string arg) => arg.StartsWith("--", StringComparison.Ordinal) && flags.TakesValue(arg[2..]);
        return args.Where((arg, i) => Takes(arg) && (i + 1 == args.Length || args[i + 1].StartsWith("--", StringComparison.Ordinal))).FirstOrDefault();
    }

    /// <summary>An option that may be given once and was given again; the parser would take the last.</summary>
    private static string? GivenTwice(Flags flags, string[] args) => args.Select(arg => arg.Split('=')[0])
        .Where(arg => arg.StartsWith("--", StringComparison.Ordinal) && !flags.IsRepeatable(arg[2..]))
        .GroupBy(arg => arg).FirstOrDefault(group => group.Count() > 1)?.Key;

    /// <summary>The parser of every command line.</summary>
    internal static Parser NewParser() => new(settings => (settings.HelpWriter, settings.AllowMultiInstance) = (null, true));

    internal static int Misused(string message, string usage = UsageLine) => Complain([message, usage], Usage);

    private static int Complain(IEnumerable<string> lines, int exitCode)
    {
        foreach (var line in lines)
            Console.Error.WriteLine($"filestore: {line}");
        return exitCode;
    }

    private static string UsageOf(ParserResult<object> result) => result.TypeInfo.Current == typeof(TokenFlags) ? TokenVerb.Forms : UsageLine;

    private static int Explain(ParserResult<object> result)
    {
        var errors = ((NotParsed<object>)result).Errors.ToArray();
        if (errors.IsVersion())
        {
            Console.WriteLine(HeadingInfo.Default);
            return Ok;
        }

        if (!errors.IsHelp())
            return Complain([.. errors.Select(SentenceBuilder.Create().FormatError), UsageOf(result)], Usage);

        var help = HelpText.AutoBuild(result, text =>
        {
            text.Heading = "FileStore: store a file, get its hash; fetch and delete it by hash.";
            text.Copyright = UsageOf(result);
            text.AdditionalNewLineAfterOption = false;
            text.MaximumDisplayWidth = 110;
            return text;
        }, example => example, verbsIndex: errors.Any(e => e is HelpVerbRequestedError { Verb: null }));
        Console.WriteLine(help.ToString().Trim());
        return Ok;
    }
}

using CommandLine;
using CommandLine.Text;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

/// <summary>From arguments to a verb, and from a verb to an exit code.</summary>
internal static class CommandLine
{
    internal const int Ok = 0, Failed = 1, Usage = 2, NotRunning = 3;

    internal static async Task<int> RunAsync(string[] args)
    {
        using var parser = new Parser(settings => settings.HelpWriter = null);
        var result = parser.ParseArguments<StartFlags, RunFlags, StopFlags, RestartFlags, GetPidFlags, StatusFlags, CheckFlags>(args);
        if (result is not Parsed<object> { Value: Flags flags })
            return Explain(result);
        if (flags.Rest.FirstOrDefault() is { } extra)
            return Complain([$"'{extra}' is neither a verb nor an option; see filestore --help"], Usage);

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
                CheckFlags check => CheckVerb.Execute(check),
                _ => throw new InvalidOperationException($"no verb takes {flags.GetType().Name}"),
            };
        }
        catch (OptionsException e)
        {
            return Complain([.. e.Faults], Usage);
        }
        catch (Exception e) when (e is StartException or IOException or UnauthorizedAccessException)
        {
            return Complain([e.Message], Failed);
        }
    }

    private static int Complain(string[] lines, int exitCode)
    {
        foreach (var line in lines)
            Console.Error.WriteLine($"filestore: {line}");
        return exitCode;
    }

    private static int Explain(ParserResult<object> result)
    {
        var errors = ((NotParsed<object>)result).Errors.ToArray();
        var asked = errors.IsHelp() || errors.IsVersion();
        var text = errors.IsVersion()
            ? HelpText.DefaultParsingErrorsHandler(result, new HelpText(HeadingInfo.Default))
            : HelpText.AutoBuild(result, help =>
            {
                help.Heading = "FileStore: store a file, get its hash; fetch and delete it by hash.";
                help.Copyright = "Usage: filestore [VERB] [OPTIONS]        filestore VERB --help tells more";
                help.AdditionalNewLineAfterOption = false;
                help.MaximumDisplayWidth = 110;
                return asked ? help : HelpText.DefaultParsingErrorsHandler(result, help);
            }, example => example, verbsIndex: errors.Any(e => e is HelpVerbRequestedError { Verb: null } or NoVerbSelectedError or BadVerbSelectedError));
        (asked ? Console.Out : Console.Error).WriteLine(errors.IsVersion() ? text.Heading : text.ToString().Trim());
        return asked ? Ok : Usage;
    }
}

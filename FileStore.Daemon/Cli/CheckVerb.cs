using CommandLine;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("check", HelpText = "Check the configuration without starting anything.")]
internal sealed class CheckArguments : DaemonArguments;

/// <summary>Validates the configuration without starting anything.</summary>
internal static class CheckVerb
{
    internal static int Execute(CheckArguments flags)
    {
        var options = OptionsLoader.Load(flags.Given(), RunVerb.Variables(), RunVerb.CurrentDirectory());
        StartupValidator.RequireValid(options);
        foreach (var warning in options.Warnings)
            Console.Error.WriteLine($"filestore: warning: {warning}");
        Console.WriteLine("the configuration is valid");
        return CommandLine.Ok;
    }
}

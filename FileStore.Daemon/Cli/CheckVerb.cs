using CommandLine;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

[Verb("check", HelpText = "Reads the configuration as start would, and reports every fault in it.")]
internal sealed class CheckFlags : DaemonFlags;

/// <summary>Judges the configuration without starting anything.</summary>
internal static class CheckVerb
{
    internal static int Execute(CheckFlags flags)
    {
        try
        {
            var options = OptionsLoader.Load(flags.Given(), RunVerb.Variables(), Environment.CurrentDirectory);
            foreach (var warning in options.Warnings)
                Console.Error.WriteLine($"filestore: warning: {warning}");
            Console.WriteLine("the configuration is sound");
            return CommandLine.Ok;
        }
        catch (OptionsException e)
        {
            foreach (var fault in e.Faults)
                Console.Error.WriteLine($"filestore: {fault}");
            return CommandLine.Usage;
        }
    }
}

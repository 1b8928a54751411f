using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FileStore.Tests.Support;

/// <summary>What a program printed and how it ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs programs, the built daemon's command line above all, and waits for their end.</summary>
internal static class Command
{
    private static readonly Lazy<string> Built = new(Build);

    /// <summary>What a user calls: it builds the program where that is needed, and becomes it.</summary>
    public static string Launcher { get; } = Path.Join(Repository.Root, "filestore");

    /// <summary>The program itself, built from the sources as they are.</summary>
    public static string FileStore => Built.Value;

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It took longer than two minutes; it is ended then.</exception>
    public static CommandResult Run(string directory, string program, params string[] arguments) =>
        Run(directory, new Dictionary<string, string>(), program, arguments);

    public static CommandResult Run(string directory, IReadOnlyDictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(5)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end");
        }

        return new CommandResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static string Build()
    {
        // The runtime that these tests run on, for the programs that they start. The launcher looks for one by itself.
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is null or "")
            Environment.SetEnvironmentVariable("DOTNET_ROOT", Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "../../..")));
        // The runtime compiles anew what has run 30 times. For a daemon that serves one fixture that is most of the work, and of no use.
        Environment.SetEnvironmentVariable("DOTNET_TC_CallCountThreshold", "1000"); // hexadecimal
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
        var version = Run("/", Launcher, "--version");
        return version.ExitCode == 0 ? Path.Join(Repository.Root, ".build/app/filestore") : throw new InvalidOperationException(version.Error);
    }
}

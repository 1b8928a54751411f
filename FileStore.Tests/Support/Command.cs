using System.Diagnostics;

namespace FileStore.Tests.Support;

/// <summary>What a program printed and how it ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs programs, the built daemon's command line above all, and waits for their end.</summary>
internal static class Command
{
    /// <summary>The program as a user calls it.</summary>
    public static string FileStore { get; } = Path.Join(Repository.Root, "filestore");

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
}

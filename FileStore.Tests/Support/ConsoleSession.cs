using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FileStore.Tests.Support;

/// <summary>Runs the commands of a document in one shell, as a reader would paste them, and compares what they print.</summary>
internal static class ConsoleSession
{
    /// <summary>The directory in which the documents have the sources.</summary>
    public const string ShownFolder = "/srv/filestore";

    private const char Mark = '\u001e';

    /// <summary>Everything that differs from one run to the next. It is replaced on both sides; all else has to be equal.</summary>
    private static readonly (Regex Varying, string Shown)[] Masks =
    [
        (new(@"(?<=\bpid +)\d+"), "PID"),
        (new(@"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,7})?(Z|\+00:00)"), "TIME"),
        (new(@"(?<=valid until )\d{4}-\d\d-\d\d"), "DAY"),
        (new(@"(?<=^uptime +)\d+ d \d\d:\d\d:\d\d$"), "UPTIME"),
        (new(@"(?<="")duration"":\d+(\.\d+)?"), "duration\":SECONDS"),
        (new(@"\d+(\.\d+)? ms"), "TIME ms"),
        (new(@"(?<=may run commands as )\w+$"), "USER"),
        (new("fst_[A-Za-z0-9_-]{43}"), "TOKEN"),
        (new("(?<=\"request_id\":\")[0-9a-f]{16}"), "ID"),
        (new("([0-9A-F]{2}:){31}[0-9A-F]{2}"), "FINGERPRINT"),
        (new("(?<=\\.tgz\",\"size\":)\\d+"), "SIZE"), // which depends on the version of zlib
    ];

    /// <summary>Runs commands in order, in one shell.</summary>
    /// <param name="folder">Where the shell starts.</param>
    /// <param name="enter">What stands before the shell's name, such as <see cref="NetworkNamespace.Enter"/>.</param>
    /// <param name="commands">The commands, with what they are said to print.</param>
    /// <param name="prepare">What the shell runs first, because the document takes it for granted.</param>
    /// <returns>What is different from what the document says; empty if nothing is.</returns>
    public static string[] Run(string folder, string[] enter, ShownCommand[] commands, string prepare = "")
    {
        using var own = new TempFolder();
        File.WriteAllText(own[".curlrc"], "no-progress-meter\n"); // which curl shows where the output is no terminal
        File.WriteAllText(own["script"], $"exec 2>&1\n{prepare}\nprintf '\\036'\n"
            + string.Concat(commands.Select(command => $"{command.Text}\nprintf '\\036%d\\036' \"$?\"\n")));
        string[] line = [.. enter, "bash", "-c", "exec bash \"$0\" > \"$1\" < /dev/null", own["script"], own["output"]];
        var start = new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = folder };
        start.Environment["CURL_HOME"] = own.Path;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment.Remove("DOTNET_ROOT"); // which readers need not have
        using var shell = Process.Start(start)!;
        if (!shell.WaitForExit(TimeSpan.FromMinutes(10)))
        {
            shell.Kill(entireProcessTree: true);
            return [$"the commands did not end; so far they printed:\n{File.ReadAllText(own["output"])}"];
        }

        var pieces = File.ReadAllText(own["output"]).Split(Mark)[1..]; // output and status in turn, after what was prepared
        return [.. commands.Select((command, i) => 2 * i + 1 < pieces.Length
            ? Difference(command, pieces[2 * i], int.Parse(pieces[2 * i + 1], CultureInfo.InvariantCulture), folder)
            : $"line {command.Line}: $ {command.Text}\nwas not reached").OfType<string>()];
    }

    /// <summary>How a command's output differs from what the document shows; null if it does not.</summary>
    public static string? Difference(ShownCommand command, string output, int exitCode, string folder)
    {
        var actual = output.Length == 0 ? [] : (output[^1] == '\n' ? output[..^1] : output).Replace(folder, ShownFolder, StringComparison.Ordinal).Split('\n');
        return exitCode == 0 && command.Output.Select(Masked).SequenceEqual(actual.Select(Masked)) ? null
            : $"line {command.Line}: $ {command.Text}\nthe document says:\n  {string.Join("\n  ", command.Output)}\nit prints (exit {exitCode}):\n  {string.Join("\n  ", actual)}";
    }

    private static string Masked(string line) => Masks.Aggregate(line, (text, mask) => mask.Varying.Replace(text, mask.Shown));
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FileStore.Bench;

/// <summary>The programs that make load and measure it.</summary>
internal static partial class Tool
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    internal static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {output}{errors.Result}");
    }

    /// <summary>Loads a server with wrk.</summary>
    /// <param name="url">What is asked for, where no script says otherwise.</param>
    /// <param name="connections">How many connections ask at a time.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="script">What wrk runs (Lua); null for a plain GET.</param>
    /// <returns>Requests a second.</returns>
    /// <exception cref="InvalidOperationException">One was not answered with success.</exception>
    internal static double Wrk(string url, int connections, int seconds, string? script = null)
    {
        string? file = null;
        if (script is not null)
            File.WriteAllText(file = Path.GetTempFileName(), script);
        try
        {
            var output = Run("wrk", ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "30s", .. (string[])(file is null ? [] : ["-s", file]), url]);
            if (output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
                throw new InvalidOperationException($"{url}: {output}");
            return double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        }
        finally
        {
            if (file is not null)
                File.Delete(file);
        }
    }

    /// <summary>Moves a file with curl.</summary>
    /// <returns>Seconds that it took.</returns>
    internal static double Curl(params string[] arguments) => double.Parse(
        Run("curl", ["-sS", "-f", "-k", "-o", "/dev/null", "-w", "%{time_total}", .. arguments]), CultureInfo.InvariantCulture);

    /// <summary>Waits until what was written is on the disk, so that who comes next does not pay for it.</summary>
    internal static void Settle() => Run("sync");

    /// <summary>Seconds that some work takes.</summary>
    internal static double Time(Action work)
    {
        var begun = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>MB a second that one processor hashes with SHA-256.</summary>
    internal static double HashRate()
    {
        var line = Run("openssl", "speed", "-seconds", "1", "-bytes", "131072", "-evp", "sha256").Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1].TrimEnd('k'), CultureInfo.InvariantCulture) / 1000;
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}

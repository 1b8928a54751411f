using System.Diagnostics;

namespace FileStore.Core.Processes;

/// <summary>
/// Starts other programs, each in its own session and process group, with nothing inherited but what it is given.
/// </summary>
public static class ProgramStart
{
    private const string Setsid = "/usr/bin/setsid", Env = "/usr/bin/env";

    /// <summary>Checks that the required programs exist. Returns what is missing, for people; null if nothing is.</summary>
    public static string? Validate() => Array.Find([Setsid, Env], program => !IsExecutable(program)) is { } missing
        ? $"{missing} is missing (util-linux, coreutils 8.31 or newer)"
        : null;

    /// <summary>Whether a path is a file with an execute permission.</summary>
    public static bool IsExecutable(string path) => File.Exists(path)
        && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    /// <summary>
    /// Finds a program: a path stands for itself, a name is searched in PATH (environ(7)). Null if there is none.
    /// </summary>
    public static string? Find(string name, IReadOnlyDictionary<string, string> environment) =>
        (name.Contains('/') ? [name] : environment.GetValueOrDefault("PATH", "").Split(':').Select(directory => Path.Join(directory, name)))
        .FirstOrDefault(IsExecutable);

    /// <summary>
    /// Makes the parameters of <see cref="Process.Start()"/>. setsid creates a session and a group with the process's id as
    /// their number. .NET ignores SIGPIPE, which children inherit and sh cannot undo; env resets it. Both then exec the
    /// next program.
    /// </summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="cwd">The working directory.</param>
    /// <param name="environment">The whole environment. LANG defaults to C.UTF-8.</param>
    internal static ProcessStartInfo CreateStartInfo(IEnumerable<string> command, string cwd, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(Setsid, [Env, "--default-signal", .. command])
        {
            WorkingDirectory = cwd,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        if (!start.Environment.ContainsKey("LC_ALL"))
            start.Environment.TryAdd("LANG", "C.UTF-8");
        return start;
    }
}

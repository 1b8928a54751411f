using System.Diagnostics;

namespace FileStore.Core.Processes;

/// <summary>How other programs are started: each in a session and a group of its own, with nothing of ours but what it is given.</summary>
public static class ProgramStart
{
    private const string Setsid = "/usr/bin/setsid", Env = "/usr/bin/env";

    /// <summary>What is missing without which no program can be started, for people; null if nothing is.</summary>
    public static string? Validate() => Array.Find([Setsid, Env], program => !IsExecutable(program)) is { } missing
        ? $"{missing} is needed (of util-linux and coreutils, 8.31 or newer)"
        : null;

    /// <summary>Whether this is a file that somebody may execute.</summary>
    public static bool IsExecutable(string path) => File.Exists(path)
        && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    /// <summary>
    /// Where the program of this name is: the name itself if it is a path, or else found in the folders of PATH
    /// (environ(7)). Null if there is none.
    /// </summary>
    public static string? Find(string name, IReadOnlyDictionary<string, string> environment) =>
        (name.Contains('/') ? [name] : environment.GetValueOrDefault("PATH", "").Split(':').Select(directory => Path.Join(directory, name)))
        .FirstOrDefault(IsExecutable);

    /// <summary>
    /// setsid makes the process leader of a session and a group, whose number is its own. .NET ignores SIGPIPE, and so would
    /// its children, who could not change that (sh is bound to leave it ignored): env puts it right. Both then become the next.
    /// </summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="cwd">Where it runs.</param>
    /// <param name="environment">All of its environment; LANG is C.UTF-8 unless it says otherwise.</param>
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

namespace FileStore.Core.Jobs;

/// <summary>A command to run.</summary>
/// <param name="Command">The shell command. Not blank, without NUL.</param>
public sealed record JobRequest(string Command)
{
    /// <summary>The working directory, absolute; null for the default.</summary>
    public string? Cwd { get; init; }

    /// <summary>Environment variables in addition to the default ones; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>The text of standard input; null for none.</summary>
    public string? Stdin { get; init; }

    /// <summary>How long it may run; null for the default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The part that is recorded once the job has started: environment and stdin may contain passwords.</summary>
    internal JobRequest WithoutSecrets() => this with { Environment = null, Stdin = null };
}

namespace FileStore.Core.Jobs;

/// <summary>What is to be run.</summary>
/// <param name="Command">What the shell is given; not blank, without NUL.</param>
public sealed record JobRequest(string Command)
{
    /// <summary>Where it runs, absolute; null for the usual place.</summary>
    public string? Cwd { get; init; }

    /// <summary>Variables besides those that every job has.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>What it reads; null for nothing.</summary>
    public string? Stdin { get; init; }

    /// <summary>How long it may run; null for as long as any.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What is kept once it has begun: passwords come by the environment and by stdin.</summary>
    internal JobRequest WithoutSecrets() => this with { Environment = null, Stdin = null };
}

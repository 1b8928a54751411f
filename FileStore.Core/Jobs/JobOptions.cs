namespace FileStore.Core.Jobs;

/// <summary>Options of a job queue.</summary>
public sealed record JobOptions
{
    /// <summary>The directory of the history, absolute. It is created (mode 0700) if it does not exist.</summary>
    public required string Folder { get; init; }

    /// <summary>The working directory of jobs that name none, absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The environment of every job. A request adds to it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The most jobs that run at the same time, 1 or more. Further ones wait in order.</summary>
    public int MaxConcurrent { get; init; } = 4;

    /// <summary>The most jobs that wait, 1 or more. Further ones are rejected.</summary>
    public int MaxQueued { get; init; } = 1000;

    /// <summary>How long a job may run, unless it asks for less.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The most bytes of an output stream that a result holds. Longer output is also stored as a blob.</summary>
    public long MaxOutput { get; init; } = 10_000_000;

    /// <summary>The shell, which is called with <c>-c</c> and the command. Absolute.</summary>
    public string Shell { get; init; } = "/bin/sh";

    /// <summary>Whether accepted jobs survive a power failure.</summary>
    public bool Durable { get; init; } = true;
}

namespace FileStore.Core.Jobs;

/// <summary>How jobs are run.</summary>
public sealed record JobOptions
{
    /// <summary>Where the history is kept, absolute; made (mode 0700) if it is not there.</summary>
    public required string Folder { get; init; }

    /// <summary>Where a job runs that names no directory, absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>What a job's environment begins with; a request adds to it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Jobs that run at the same time, 1 or more; further ones wait in order.</summary>
    public int MaxConcurrent { get; init; } = 4;

    /// <summary>Jobs that may wait, 1 or more; one more is refused.</summary>
    public int MaxQueued { get; init; } = 1000;

    /// <summary>How long a job may run that does not ask for less.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Bytes of an output stream that a result holds; a longer one is a blob besides.</summary>
    public long MaxOutput { get; init; } = 10_000_000;

    /// <summary>The program that is given a command after <c>-c</c>, absolute.</summary>
    public string Shell { get; init; } = "/bin/sh";

    /// <summary>Whether an accepted job survives a loss of power.</summary>
    public bool Durable { get; init; } = true;
}

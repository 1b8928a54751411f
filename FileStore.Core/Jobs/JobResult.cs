namespace FileStore.Core.Jobs;

/// <summary>How a job ended.</summary>
/// <param name="Completed">When, UTC, whole milliseconds.</param>
/// <param name="Duration">How long it ran.</param>
/// <param name="Stdout">What it wrote.</param>
/// <param name="Stderr">What it wrote there.</param>
public sealed record JobResult(DateTimeOffset Completed, TimeSpan Duration, JobOutput Stdout, JobOutput Stderr)
{
    /// <summary>Its shell's; 128 + N if signal N ended it, 124 if it ran too long, null if there is none.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What went wrong besides the command itself; null if nothing did.</summary>
    public string? Error { get; init; }
}

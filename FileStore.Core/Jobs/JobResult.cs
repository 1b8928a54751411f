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

/// <summary>What came of a run.</summary>
/// <param name="ExitCode">The shell's, or what stands for it.</param>
/// <param name="Error">What went wrong besides the command itself.</param>
/// <param name="Stdout">What it wrote.</param>
/// <param name="Stderr">What it wrote there.</param>
internal sealed record JobOutcome(int? ExitCode, string? Error, JobOutput Stdout, JobOutput Stderr)
{
    /// <summary>How long it took.</summary>
    internal TimeSpan Duration { get; init; }

    /// <summary>It did not run, or not to its end.</summary>
    internal static JobOutcome Failed(string error) => new(null, error, JobOutput.Empty, JobOutput.Empty);
}

namespace FileStore.Core.Jobs;

/// <summary>How a job ended.</summary>
/// <param name="Completed">When it ended: UTC, whole milliseconds.</param>
/// <param name="Duration">How long it ran.</param>
/// <param name="Stdout">Its standard output.</param>
/// <param name="Stderr">Its standard error.</param>
public sealed record JobResult(DateTimeOffset Completed, TimeSpan Duration, JobOutput Stdout, JobOutput Stderr)
{
    /// <summary>The shell's exit code: 128 + N after signal N, 124 after a timeout, null if there is none.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What went wrong apart from the command itself; null if nothing did.</summary>
    public string? Error { get; init; }
}

/// <summary>How a run ended, before it is recorded.</summary>
/// <param name="ExitCode">The shell's exit code, or a substitute; null if there is none.</param>
/// <param name="Error">What went wrong apart from the command itself; null if nothing did.</param>
/// <param name="Stdout">Its standard output.</param>
/// <param name="Stderr">Its standard error.</param>
internal sealed record JobOutcome(int? ExitCode, string? Error, JobOutput Stdout, JobOutput Stderr)
{
    /// <summary>How long it ran.</summary>
    internal TimeSpan Duration { get; init; }

    /// <summary>The outcome of a job that did not run, or not to its end.</summary>
    internal static JobOutcome Failed(string error) => new(null, error, JobOutput.Empty, JobOutput.Empty);
}

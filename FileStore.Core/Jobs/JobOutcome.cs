namespace FileStore.Core.Jobs;

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

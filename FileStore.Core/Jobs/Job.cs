using FileStore.Core.Processes;

namespace FileStore.Core.Jobs;

/// <summary>A request and its state. A job waits until it is started, and runs until it is done.</summary>
/// <param name="Id">Its number, 1 or more. Numbers are never reused.</param>
/// <param name="Request">The request.</param>
/// <param name="Created">When it was submitted: UTC, whole milliseconds.</param>
public sealed record Job(long Id, JobRequest Request, DateTimeOffset Created)
{
    /// <summary>When it started; null before that.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>The process that leads its group; null for tracked work.</summary>
    public ProcessIdentity? Leader { get; init; }

    /// <summary>Whether it has ended, for any reason.</summary>
    public bool IsDone { get; init; }

    /// <summary>The result with previews of its output; null until the job has ended, and after the result was deleted.</summary>
    public JobResult? Result { get; init; }
}

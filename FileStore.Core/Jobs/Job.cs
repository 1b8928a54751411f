using FileStore.Core.Processes;

namespace FileStore.Core.Jobs;

/// <summary>A request and what has become of it so far. It waits until it is started, and runs until it is done.</summary>
/// <param name="Id">Its number, 1 or more; no other job ever has it.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="Created">When, UTC, whole milliseconds.</param>
public sealed record Job(long Id, JobRequest Request, DateTimeOffset Created)
{
    /// <summary>When it began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>The process that leads its group; null for work of the daemon's own.</summary>
    public ProcessIdentity? Leader { get; init; }

    /// <summary>Whether it has ended, however that was.</summary>
    public bool IsDone { get; init; }

    /// <summary>How it ended, with the beginnings of its output; null before that, and once it was deleted.</summary>
    public JobResult? Result { get; init; }
}

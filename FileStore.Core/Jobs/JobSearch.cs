namespace FileStore.Core.Jobs;

/// <summary>What jobs can be sorted by.</summary>
public enum JobOrder
{
    Created,
    Command,
    Completed,
    Duration,
    ExitCode,
}

/// <summary>Which jobs are wanted, in which order, and which part of those. All conditions have to hold.</summary>
public sealed record JobSearch
{
    /// <summary>A part of the command, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>The whole command, in any case.</summary>
    public string? Command { get; init; }

    /// <summary>Whether it is done.</summary>
    public bool? IsDone { get; init; }

    /// <summary>With this exit code.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Later than this.</summary>
    public DateTimeOffset? CreatedAfter { get; init; }

    /// <summary>Earlier than this.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>How many at most.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>How many are passed over.</summary>
    public int Offset { get; init; }

    /// <summary>What they are sorted by.</summary>
    public JobOrder Order { get; init; }

    /// <summary>Whether from the last to the first.</summary>
    public bool IsDescending { get; init; }

    /// <summary>Finds them among jobs that are in the order of their numbers.</summary>
    public JobPage Find(IEnumerable<Job> jobs)
    {
        var (text, command) = (Text is null ? null : Fold(Text), Command is null ? null : Fold(Command));
        Job[] found = [.. jobs.Where(job => Matches(job, text, command))];
        return new JobPage([.. Sorted(found).Skip(Offset).Take(Limit)], found.Length);
    }

    private bool Matches(Job job, string? text, string? command) =>
        (IsDone is null || IsDone == job.IsDone)
        && (ExitCode is null || (job.Result is { } result && result.ExitCode == ExitCode))
        && !(job.Created <= CreatedAfter)
        && !(job.Created >= CreatedBefore)
        && (text is null || Fold(job.Request.Command).Contains(text, StringComparison.Ordinal))
        && (command is null || Fold(job.Request.Command) == command);

    /// <summary>Equal ones are told apart by their numbers; those that have no such value come last either way.</summary>
    private IEnumerable<Job> Sorted(Job[] jobs) => Order switch
    {
        JobOrder.Command => By(jobs, job => job.Request.Command, StringComparer.Ordinal),
        JobOrder.Completed => By(jobs, job => job.Result?.Completed),
        JobOrder.Duration => By(jobs, job => job.Result?.Duration),
        JobOrder.ExitCode => By(jobs, job => job.Result?.ExitCode),
        _ => By(jobs, job => job.Created),
    };

    private IEnumerable<Job> By<T>(Job[] jobs, Func<Job, T> value, IComparer<T>? comparer = null)
    {
        var valued = jobs.OrderBy(job => value(job) is null);
        return IsDescending
            ? valued.ThenByDescending(value, comparer).ThenByDescending(job => job.Id)
            : valued.ThenBy(value, comparer);
    }

    /// <summary>
    /// Letters that differ in case alone become one. Up and down again, since some have two lower forms (Greek sigma) and
    /// some no upper one of a single letter (German sharp s, which its capital becomes).
    /// </summary>
    private static string Fold(string text) => text.ToUpperInvariant().ToLowerInvariant();
}

/// <summary>A part of what was found.</summary>
/// <param name="Jobs">The part.</param>
/// <param name="Total">How many were found.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, int Total);

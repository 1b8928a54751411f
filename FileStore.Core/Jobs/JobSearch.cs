namespace FileStore.Core.Jobs;

/// <summary>The sort keys of jobs.</summary>
public enum JobOrder
{
    Created,
    Command,
    Completed,
    Duration,
    ExitCode,
}

/// <summary>Selects, sorts and pages jobs. All conditions that are set must hold.</summary>
public sealed record JobSearch
{
    /// <summary>A part of the command, case-insensitive.</summary>
    public string? Text { get; init; }

    /// <summary>The whole command, case-insensitive.</summary>
    public string? Command { get; init; }

    /// <summary>Whether the job is done.</summary>
    public bool? IsDone { get; init; }

    /// <summary>The exit code.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Jobs submitted after this time.</summary>
    public DateTimeOffset? CreatedAfter { get; init; }

    /// <summary>Jobs submitted before this time.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>The most jobs on the page.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>How many matching jobs to skip.</summary>
    public int Offset { get; init; }

    /// <summary>The sort key.</summary>
    public JobOrder Order { get; init; }

    /// <summary>Whether to sort in descending order.</summary>
    public bool IsDescending { get; init; }

    /// <summary>Finds the matching jobs.</summary>
    /// <param name="jobs">Jobs in the order of their numbers.</param>
    /// <returns>A page of them.</returns>
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

    /// <summary>Jobs with equal keys are sorted by number. Jobs without the key come last in either direction.</summary>
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
    /// Folds case. Upper case first and then lower, since some letters have two lower-case forms (Greek sigma), and some
    /// have no single upper-case one (German sharp s).
    /// </summary>
    private static string Fold(string text) => text.ToUpperInvariant().ToLowerInvariant();
}

/// <summary>A page of matching jobs.</summary>
/// <param name="Jobs">The jobs on the page.</param>
/// <param name="Total">How many jobs match.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, int Total);

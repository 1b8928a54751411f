using System.Globalization;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>Reads the job that a request names by its number.</summary>
internal static class JobParameters
{
    /// <exception cref="ProblemException">404: jobs are off.</exception>
    internal static JobQueue Required(JobQueue? jobs) => jobs
        ?? throw new ProblemException(Problem.NotFound("jobs are off here; the daemon's option --jobs turns them on"));

    /// <exception cref="ProblemException">404: it is not a number.</exception>
    internal static long FromPath(Request request) =>
        long.TryParse(request.PathValue("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new ProblemException(Problem.NotFound("jobs are named by their numbers"));

    /// <exception cref="ProblemException">404: there is no such job.</exception>
    internal static Job Find(Request request, JobQueue jobs) => FromPath(request) is var id && jobs.Find(id) is { } job
        ? job
        : throw new ProblemException(Absent(id));

    internal static Problem Absent(long id) => Problem.NotFound($"no such job: {id}");

    internal static string StatusUrl(long id) => $"/api/statuses/{id}";

    internal static string ResultUrl(long id) => $"/api/results/{id}";

    /// <summary>A time as clients get it: UTC, in milliseconds.</summary>
    internal static string Time(DateTimeOffset time) => Timestamp.Format(time);
}

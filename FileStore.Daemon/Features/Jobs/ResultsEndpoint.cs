using FileStore.Core.Jobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>Shows and deletes the results of jobs: <c>/api/results</c>.</summary>
/// <param name="jobs">The jobs; null if they are off.</param>
internal sealed class ResultsEndpoint(JobQueue? jobs)
{
    private JobQueue Jobs => JobParameters.Required(jobs);

    /// <summary>GET /api/results: those of jobs that are done, with the beginnings of their output.</summary>
    internal async Task ListAsync(Request request)
    {
        var page = JobListing.Parse(request).Find(Jobs.All().Where(job => job.Result is not null));
        var listed = page.Jobs.Select(job => Shown(job.Id, job.Result!));
        await JsonResponse.RespondAsync(request, 200, new ShownResults([.. listed], page.Total), JobJson.Context.ShownResults);
    }

    /// <summary>GET /api/results/45.</summary>
    internal async Task ShowAsync(Request request)
    {
        var queue = Jobs;
        var id = JobParameters.FromPath(request);
        if (await queue.FindResultAsync(id) is not { } result)
        {
            await request.RespondProblemAsync(Absent(queue, id));
            return;
        }

        await JsonResponse.RespondAsync(request, 200, Shown(id, result), JobJson.Context.ShownResult);
    }

    /// <summary>DELETE /api/results/45: the job stays, and is done.</summary>
    internal async Task DeleteAsync(Request request)
    {
        var queue = Jobs;
        var id = JobParameters.FromPath(request);
        if (!await queue.DeleteResultAsync(id))
        {
            await request.RespondProblemAsync(Absent(queue, id));
            return;
        }

        await JsonResponse.RespondAsync(request, 200, new DeletedResult(id, Deleted: true), JobJson.Context.DeletedResult);
    }

    private static Problem Absent(JobQueue queue, long id) => queue.Find(id) switch
    {
        null => JobParameters.Absent(id),
        { IsDone: true } => Problem.NotFound($"the result of job {id} has been deleted"),
        _ => Problem.NotFound($"job {id} is not done yet; {JobParameters.StatusUrl(id)} tells when it is"),
    };

    private static ShownResult Shown(long id, JobResult result) => new(
        id, id, Math.Round(result.Duration.TotalSeconds, 4), JobParameters.Time(result.Completed), result.Stdout.Text, result.Stderr.Text, result.ExitCode)
    {
        Error = result.Error,
        StdoutTruncated = IsCut(result.Stdout),
        StdoutHash = result.Stdout.Hash,
        StderrTruncated = IsCut(result.Stderr),
        StderrHash = result.Stderr.Hash,
    };

    private static bool? IsCut(JobOutput output) => output.IsTruncated || output.IsPreview ? true : null;
}

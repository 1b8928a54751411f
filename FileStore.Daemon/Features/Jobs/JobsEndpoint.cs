using FileStore.Core.Jobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>Takes, shows and deletes jobs: <c>/api/jobs</c>.</summary>
/// <param name="jobs">The jobs; null if they are off.</param>
internal sealed class JobsEndpoint(JobQueue? jobs)
{
    private JobQueue Jobs => JobParameters.Required(jobs);

    /// <summary>POST /api/jobs: 202, before the job has run.</summary>
    internal async Task SubmitAsync(Request request)
    {
        var queue = Jobs;
        if (await queue.SubmitAsync(await JobSubmission.ReadAsync(request, queue.Options.Timeout)) is not { } job)
        {
            await request.RespondProblemAsync(new Problem(429, $"{queue.Options.MaxQueued} jobs wait already", ("Retry-After", "10")));
            return;
        }

        var url = JobParameters.StatusUrl(job.Id);
        request.Exchange.SetHeader("Location", url);
        await JsonResponse.RespondAsync(request, 202, new AcceptedJob(job.Id, url), JobJson.Context.AcceptedJob);
    }

    /// <summary>GET /api/jobs.</summary>
    internal async Task ListAsync(Request request)
    {
        var page = JobListing.Parse(request).Find(Jobs.All());
        var listed = page.Jobs.Select(job => new ListedJob(job.Id, job.Request.Command, JobParameters.Time(job.Created)));
        await JsonResponse.RespondAsync(request, 200, new ListedJobs([.. listed], page.Total), JobJson.Context.ListedJobs);
    }

    /// <summary>GET /api/jobs/45. What a job is given by its environment and stdin may be secret, and is not shown.</summary>
    internal async Task ShowAsync(Request request)
    {
        var job = JobParameters.Find(request, Jobs);
        var shown = new ShownJob(
            job.Id, job.Request.Command, JobParameters.Time(job.Created), JobParameters.StatusUrl(job.Id), job.Request.Cwd, job.Request.Timeout?.TotalSeconds);
        await JsonResponse.RespondAsync(request, 200, shown, JobJson.Context.ShownJob);
    }

    /// <summary>DELETE /api/jobs/45: responds when none of its processes runs any more.</summary>
    internal async Task DeleteAsync(Request request)
    {
        var queue = Jobs;
        var id = JobParameters.FromPath(request);
        if (!await queue.DeleteAsync(id))
        {
            await request.RespondProblemAsync(JobParameters.Absent(id));
            return;
        }

        await JsonResponse.RespondAsync(request, 200, new DeletedJob(id, Deleted: true), JobJson.Context.DeletedJob);
    }
}

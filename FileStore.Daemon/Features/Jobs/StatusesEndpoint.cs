using FileStore.Core.Jobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>Tells whether jobs are done: <c>/api/statuses</c>.</summary>
/// <param name="jobs">The jobs; null if they are off.</param>
internal sealed class StatusesEndpoint(JobQueue? jobs)
{
    private JobQueue Jobs => JobParameters.Required(jobs);

    /// <summary>GET /api/statuses.</summary>
    internal async Task ListAsync(Request request)
    {
        var page = JobListing.Parse(request).Find(Jobs.All());
        var listed = page.Jobs.Select(job => new ListedStatus(job.Id, job.Id, job.IsDone));
        await JsonResponse.RespondAsync(request, 200, new ListedStatuses([.. listed], page.Total), JobJson.Context.ListedStatuses);
    }

    /// <summary>GET /api/statuses/45: 303 to the result once there is one.</summary>
    internal async Task ShowAsync(Request request)
    {
        var job = JobParameters.Find(request, Jobs);
        if (job.Result is not null)
            request.Exchange.SetHeader("Location", JobParameters.ResultUrl(job.Id));
        await JsonResponse.RespondAsync(request, job.Result is null ? 200 : 303, new JobStatus(job.Id, job.IsDone), JobJson.Context.JobStatus);
    }
}

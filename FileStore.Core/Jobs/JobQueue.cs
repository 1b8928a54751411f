using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>
/// Accepts jobs, runs them in order, a limited number at a time, and keeps their results. Members may be called from any
/// number of threads. Members that change something may throw <see cref="JobHistoryException"/>; nothing has changed then.
/// </summary>
public sealed class JobQueue : IDisposable
{
    private readonly JobHistory _history;
    private readonly JobScheduler _scheduler;
    private readonly TimeProvider _time;

    private JobQueue(JobOptions options, JobHistory history, JobScheduler scheduler, TimeProvider time) =>
        (Options, _history, _scheduler, _time) = (options, history, scheduler, time);

    /// <summary>The options that the queue was opened with.</summary>
    public JobOptions Options { get; }

    /// <summary>
    /// Opens the history, or creates it. Jobs that still ran when an earlier process ended are killed and recorded as failed;
    /// jobs that waited then stay queued. The caller calls <see cref="Start"/>, <see cref="StopAsync"/> and
    /// <see cref="Dispose"/>, in this order.
    /// </summary>
    /// <exception cref="JobHistoryException">The history cannot be used.</exception>
    public static async Task<JobQueue> OpenAsync(JobOptions options, IBlobWriter store, TimeProvider time, ILogger log)
    {
        Posix.KeepOpenFilesToOurselves();
        var history = JobHistory.Open(options.Folder, options.Durable, log);
        var completion = new JobCompletion(history, time, log);
        var scheduler = new JobScheduler(options, history, completion, new ShellRunner(options, store, time), time, log);
        foreach (var job in history.All().Where(job => !job.IsDone))
        {
            if (job.Started is not null)
                await completion.MarkOrphanedAsync(job);
            else
                scheduler.Enqueue(job.Id);
        }

        return new JobQueue(options, history, scheduler, time);
    }

    /// <summary>Starts to run waiting jobs.</summary>
    public void Start() => _scheduler.Start();

    /// <summary>All jobs in the order of their numbers. Their results contain previews of the output.</summary>
    public IReadOnlyList<Job> All() => _history.All();

    /// <summary>How many jobs wait, run and are done. Tracked work counts too.</summary>
    public (int Waiting, int Running, int Done) Counts()
    {
        var (waiting, running) = _scheduler.Counts();
        return (waiting, running, Math.Max(0, _history.Count - waiting - running));
    }

    /// <summary>The job with this number; null if there is none.</summary>
    public Job? Find(long id) => _history.Find(id);

    /// <summary>A job's result with its whole output; null if the job does not exist or has no result.</summary>
    public async Task<JobResult?> FindResultAsync(long id) =>
        Find(id)?.Result is { } result ? await _history.Results.LoadAsync(id, result) : null;

    /// <summary>Accepts a job. It will run even if this process ends first.</summary>
    /// <returns>The job, once it is recorded; null if the queue is full.</returns>
    public async Task<Job?> SubmitAsync(JobRequest request)
    {
        if (!_scheduler.TryReserve())
            return null;
        var job = new Job(_history.NewId(), request, JobCompletion.Now(_time));
        try
        {
            await _history.AddAsync(JournalLine.Created, job);
        }
        catch
        {
            _scheduler.ReleaseReservation();
            throw;
        }

        _scheduler.EnqueueReserved(job.Id);
        return job;
    }

    /// <summary>
    /// Runs work of the daemon itself as a job, at once and in addition to the other jobs. Deleting the job cancels the
    /// work; <see cref="StopAsync"/> waits for it.
    /// </summary>
    /// <param name="command">The command that lists show for it.</param>
    /// <param name="work">The work. It returns the job's standard output.</param>
    /// <returns>The job, once it is recorded. The work goes on.</returns>
    public async Task<Job> TrackAsync(string command, Func<CancellationToken, Task<string>> work)
    {
        var now = JobCompletion.Now(_time);
        var job = new Job(_history.NewId(), new JobRequest(command), now) { Started = now };
        var running = _scheduler.AddTracked(job.Id);
        try
        {
            await _history.AddAsync(JournalLine.Started, job);
        }
        catch
        {
            _scheduler.OnJobFinished(job.Id, running);
            throw;
        }

        _scheduler.RunTracked(job.Id, running, work);
        return job;
    }

    /// <summary>Removes a job from the queue, or terminates it, and deletes it. False if there is no such job.</summary>
    public async Task<bool> DeleteAsync(long id)
    {
        await _scheduler.TerminateAsync(id);
        try
        {
            var found = await _history.ForgetAsync(id);
            await _scheduler.TerminateAsync(id); // it may have been submitted or started in the meantime
            return found;
        }
        catch when (Find(id) is { IsDone: false })
        {
            _scheduler.Enqueue(id);
            throw;
        }
    }

    /// <summary>Deletes a result. The job stays, and is done. False if there is no such result.</summary>
    public async Task<bool> DeleteResultAsync(long id)
    {
        if (Find(id) is not { Result: not null } job)
            return false;
        var found = await _history.RecordAsync(JournalLine.ResultDeleted, job with { Result = null });
        _history.Results.Delete(id);
        return found;
    }

    /// <summary>
    /// Starts no more jobs, terminates running ones, and waits for those and for tracked work. Waiting jobs run after the
    /// next start.
    /// </summary>
    public Task StopAsync() => _scheduler.StopAsync();

    /// <summary>Closes the history.</summary>
    public void Dispose() => _history.Dispose();
}

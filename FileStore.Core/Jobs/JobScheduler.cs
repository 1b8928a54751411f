using FileStore.Core.Processes;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>
/// Runs jobs: shell jobs in the order of their numbers, as many at a time as the options allow, and tracked work at once.
/// Members may be called from any number of threads.
/// </summary>
internal sealed class JobScheduler(
    JobOptions options, JobHistory history, JobCompletion completion, ShellRunner shell, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DeleteGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly SortedSet<long> _waiting = [];
    private readonly Dictionary<long, RunningJob> _running = [];
    private int _reserved;
    private int _shells;
    private bool _isStarted;

    /// <summary>How many jobs wait, and how many run, tracked work included.</summary>
    internal (int Waiting, int Running) Counts()
    {
        lock (_lock)
            return (_waiting.Count, _running.Count);
    }

    /// <summary>Starts to run waiting jobs.</summary>
    internal void Start()
    {
        lock (_lock)
            _isStarted = true;
        StartWaiting();
    }

    /// <summary>
    /// Reserves a place in the queue; false if it is full. <see cref="EnqueueReserved"/> or <see cref="ReleaseReservation"/>
    /// must follow.
    /// </summary>
    internal bool TryReserve()
    {
        lock (_lock)
        {
            if (_reserved + _waiting.Count + _shells >= options.MaxConcurrent + options.MaxQueued)
                return false;
            _reserved++;
            return true;
        }
    }

    internal void ReleaseReservation()
    {
        lock (_lock)
            _reserved--;
    }

    /// <summary>Queues a job that the history has, in a reserved place.</summary>
    internal void EnqueueReserved(long id)
    {
        lock (_lock)
        {
            _reserved--;
            _waiting.Add(id);
        }

        StartWaiting();
    }

    /// <summary>Queues a job of an earlier process, or one whose deletion failed, even if the queue is full.</summary>
    internal void Enqueue(long id)
    {
        lock (_lock)
            _waiting.Add(id);
        StartWaiting();
    }

    /// <summary>Registers tracked work. <see cref="RunTracked"/> or <see cref="OnJobFinished"/> must follow.</summary>
    internal RunningJob AddTracked(long id)
    {
        var running = new RunningJob(isTracked: true);
        lock (_lock)
            _running.Add(id, running);
        return running;
    }

    /// <summary>Runs tracked work in the background.</summary>
    /// <param name="id">The job that stands for it.</param>
    /// <param name="running">What <see cref="AddTracked"/> returned for the job.</param>
    /// <param name="work">The work. It returns the job's output.</param>
    internal void RunTracked(long id, RunningJob running, Func<CancellationToken, Task<string>> work) =>
        _ = RunAsync(id, running, async () => await TrackedWork.RunAsync(work, running, time));

    /// <summary>Removes a job from the queue, or terminates it and waits until it has ended.</summary>
    internal async Task TerminateAsync(long id)
    {
        RunningJob? running;
        lock (_lock)
        {
            _waiting.Remove(id);
            running = _running.GetValueOrDefault(id);
        }

        if (running is null)
            return;
        running.RequestTermination(new TerminationRequest(DeleteGrace, null, "it was deleted"));
        await running.Ended;
    }

    /// <summary>Starts no more jobs, terminates shell jobs, and waits for those and for tracked work. Waiting jobs stay queued.</summary>
    internal async Task StopAsync()
    {
        while (true)
        {
            RunningJob[] running;
            lock (_lock)
            {
                _isStarted = false;
                running = [.. _running.Values];
            }

            if (running.Length == 0)
                return;
            foreach (var job in running.Where(job => !job.IsTracked))
                job.RequestTermination(new TerminationRequest(StopGrace, null, "the daemon stopped while it ran"));
            await Task.WhenAll(running.Select(job => job.Ended));
        }
    }

    /// <summary>Removes a job that has ended, or could not be recorded, and starts the next one.</summary>
    internal void OnJobFinished(long id, RunningJob running)
    {
        lock (_lock)
        {
            _running.Remove(id);
            if (!running.IsTracked)
                _shells--;
        }

        running.SetEnded();
        StartWaiting();
    }

    private void StartWaiting()
    {
        lock (_lock)
        {
            while (_isStarted && _shells < options.MaxConcurrent && _waiting.Count > 0)
            {
                var id = _waiting.Min;
                _waiting.Remove(id);
                if (history.Find(id) is not { } job)
                    continue; // deleted in the meantime
                var running = new RunningJob(isTracked: false);
                _running.Add(id, running);
                _shells++;
                _ = Task.Run(() => RunShellAsync(job, running));
            }
        }
    }

    private Task RunShellAsync(Job job, RunningJob running) => RunAsync(job.Id, running, async () =>
        await TryRecordStartAsync(job with { Request = job.Request.WithoutSecrets(), Started = JobCompletion.Now(time) }, running)
            ? await shell.RunAsync(job.Request, running, pid => RecordLeaderAsync(job.Id, pid))
            : null);

    /// <summary>Records the start before running, so that no job runs twice. Retries while the journal cannot be written.</summary>
    private async Task<bool> TryRecordStartAsync(Job started, RunningJob running)
    {
        while (!running.TerminationRequested.IsCompleted)
        {
            try
            {
                return await history.RecordAsync(JournalLine.Started, started);
            }
            catch (JobHistoryException e)
            {
                log.Warning("job {Id} waits, because its start cannot be recorded: {Reason:l}", started.Id, e.Message);
                await Task.WhenAny(running.TerminationRequested, Task.Delay(RetryDelay, time));
            }
        }

        return false;
    }

    /// <summary>Records the process, so that the next daemon finds orphans if this one is killed.</summary>
    private async Task RecordLeaderAsync(long id, int pid)
    {
        log.Information("job {Id} started, pid {Pid}", id, pid);
        try
        {
            if (history.Find(id) is { } job)
                await history.RecordAsync(JournalLine.Running, job with { Leader = ProcessIdentity.Of(pid) });
        }
        catch (JobHistoryException e)
        {
            log.Warning("the process of job {Id} could not be recorded: {Reason:l}", id, e.Message);
        }
    }

    /// <param name="id">The job.</param>
    /// <param name="running">Says when to terminate it, and is told when it has ended.</param>
    /// <param name="run">Runs it; null if it was terminated before it started.</param>
    private async Task RunAsync(long id, RunningJob running, Func<Task<JobOutcome?>> run)
    {
        try
        {
            if (await run() is { } outcome)
                await completion.RecordAsync(id, outcome);
        }
        catch (Exception e)
        {
            log.Error(e, "job {Id} failed unexpectedly", id);
            await completion.RecordAsync(id, JobOutcome.Failed("internal error; see the daemon's log"));
        }
        finally
        {
            OnJobFinished(id, running);
        }
    }
}

using FileStore.Core.Processes;

namespace FileStore.Core.Jobs;

/// <summary>From the queue to the end.</summary>
public sealed partial class JobQueue
{
    private void StartWaiting()
    {
        lock (_gate)
        {
            while (_starts && _shells < Options.MaxConcurrent && _waiting.Count > 0)
            {
                var id = _waiting.Min;
                _waiting.Remove(id);
                if (_history.Find(id) is not { } job)
                    continue; // deleted just as it came
                var running = new RunningJob(isTracked: false);
                _running.Add(id, running);
                _shells++;
                _ = Task.Run(() => RunShellAsync(job, running));
            }
        }
    }

    private Task RunShellAsync(Job job, RunningJob running) => RunAsync(job.Id, running, async () =>
        await TryRecordStartAsync(job with { Request = job.Request.WithoutSecrets(), Started = JobCompletion.Now(_time) }, running)
            ? await _shell.RunAsync(job.Request, running, pid => RecordLeaderAsync(job.Id, pid))
            : null);

    /// <summary>Runs nothing that might be run a second time: while it cannot be written down, the job waits.</summary>
    private async Task<bool> TryRecordStartAsync(Job started, RunningJob running)
    {
        while (!running.TerminationRequested.IsCompleted)
        {
            try
            {
                return await _history.RecordAsync(JournalLine.Started, started);
            }
            catch (JobHistoryException e)
            {
                _log.Warning("job {Id} waits, as its start cannot be recorded: {Reason:l}", started.Id, e.Message);
                await Task.WhenAny(running.TerminationRequested, Task.Delay(UntilNextTry, _time));
            }
        }

        return false;
    }

    /// <summary>For the process after ours, should ours be killed.</summary>
    private async Task RecordLeaderAsync(long id, int pid)
    {
        _log.Information("job {Id} started, pid {Pid}", id, pid);
        try
        {
            if (Find(id) is { } job)
                await _history.RecordAsync(JournalLine.Running, job with { Leader = ProcessIdentity.Of(pid) });
        }
        catch (JobHistoryException e)
        {
            _log.Warning("the process of job {Id} could not be recorded: {Reason:l}", id, e.Message);
        }
    }

    /// <param name="id">The job.</param>
    /// <param name="running">Tells when it is to be ended, and is told when it has.</param>
    /// <param name="run">Runs it; null if it has not begun.</param>
    private async Task RunAsync(long id, RunningJob running, Func<Task<JobOutcome?>> run)
    {
        try
        {
            if (await run() is { } outcome)
                await _end.RecordAsync(id, outcome);
        }
        catch (Exception e)
        {
            _log.Error(e, "job {Id} was lost sight of", id);
            await _end.RecordAsync(id, JobOutcome.Failed("the daemon failed to follow it; its log tells why"));
        }
        finally
        {
            OnJobFinished(id, running);
        }
    }

    /// <summary>Ends a job that is to be forgotten, wherever it is.</summary>
    private async Task EndAsync(long id)
    {
        RunningJob? running;
        lock (_gate)
        {
            _waiting.Remove(id);
            running = _running.GetValueOrDefault(id);
        }

        if (running is null)
            return;
        running.RequestTermination(new TerminationRequest(DeleteGrace, null, "it was deleted"));
        await running.Ended;
    }

    private void OnJobFinished(long id, RunningJob running)
    {
        lock (_gate)
        {
            _running.Remove(id);
            if (!running.IsTracked)
                _shells--;
        }

        running.SetEnded();
        StartWaiting();
    }
}

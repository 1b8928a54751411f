using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>Records how jobs end. If recording fails, the job is marked done in memory only.</summary>
internal sealed class JobCompletion(JobHistory history, TimeProvider time, ILogger log)
{
    /// <summary>The current time in whole milliseconds, as clients see it.</summary>
    internal static DateTimeOffset Now(TimeProvider time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Records the outcome of a job.</summary>
    internal async Task RecordAsync(long id, JobOutcome outcome)
    {
        var result = new JobResult(Now(time), outcome.Duration, outcome.Stdout, outcome.Stderr) { ExitCode = outcome.ExitCode, Error = outcome.Error };
        if (history.Find(id) is not { } job)
            return; // it was deleted just after it started
        var done = job with { IsDone = true, Result = await SaveOutputAsync(id, result) };
        try
        {
            if (!await history.RecordAsync(JournalLine.Done, done))
                history.Results.Delete(id);
        }
        catch (JobHistoryException e)
        {
            log.Error("the end of job {Id} could not be recorded: {Reason:l}", id, e.Message);
            history.UpdateInMemory(done);
        }

        log.Information("job {Id} done: exit code {ExitCode}, {Seconds:0.000} s", id, outcome.ExitCode, outcome.Duration.TotalSeconds);
    }

    /// <summary>Kills a job of an earlier process and records that it has ended.</summary>
    internal Task MarkOrphanedAsync(Job job)
    {
        if (job.Leader is { IsAlive: true } leader)
        {
            Posix.TrySignal(-leader.Pid, Posix.SigKill);
            log.Warning("job {Id} still ran (pid {Pid}) after the daemon had ended, and was killed", job.Id, leader.Pid);
        }

        return RecordAsync(job.Id, JobOutcome.Failed("the daemon ended while it ran"));
    }

    private async Task<JobResult> SaveOutputAsync(long id, JobResult result)
    {
        try
        {
            return await history.Results.SaveAsync(id, result);
        }
        catch (JobHistoryException e)
        {
            log.Error("the output of job {Id} could not be saved: {Reason:l}", id, e.Message);
            var fault = $"only the beginning of its output was saved: {e.Message}";
            var preview = ResultFiles.ToPreview(result);
            return preview with
            {
                Error = result.Error is null ? fault : $"{result.Error}; {fault}",
                Stdout = AsTruncated(preview.Stdout),
                Stderr = AsTruncated(preview.Stderr),
            };
        }
    }

    private static JobOutput AsTruncated(JobOutput output) => output with { IsTruncated = output.IsTruncated || output.IsPreview, IsPreview = false };
}

using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>Records how jobs end. A job whose end cannot be written down is done all the same.</summary>
internal sealed class JobCompletion(JobHistory history, TimeProvider time, ILogger log)
{
    /// <summary>The time in whole milliseconds, which is what clients are told.</summary>
    internal static DateTimeOffset Now(TimeProvider time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Records what came of a job that the history has.</summary>
    internal async Task RecordAsync(long id, JobOutcome outcome)
    {
        var result = new JobResult(Now(time), outcome.Duration, outcome.Stdout, outcome.Stderr) { ExitCode = outcome.ExitCode, Error = outcome.Error };
        if (history.Find(id) is not { } job)
            return; // forgotten just as it began
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

    /// <summary>Ends what is left of a job of an earlier process, and records that it is over.</summary>
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
            log.Error("the output of job {Id} could not be kept: {Reason:l}", id, e.Message);
            var fault = $"only the beginning of its output could be kept: {e.Message}";
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

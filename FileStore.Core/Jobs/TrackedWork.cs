namespace FileStore.Core.Jobs;

/// <summary>Runs work of the daemon itself as a job.</summary>
internal static class TrackedWork
{
    internal static async Task<JobOutcome> RunAsync(Func<CancellationToken, Task<string>> work, RunningJob running, TimeProvider time)
    {
        var startedAt = time.GetTimestamp();
        using var cancel = new CancellationTokenSource();
        var task = Task.Run(() => work(cancel.Token));
        if (await Task.WhenAny(task, running.TerminationRequested) != task)
            await cancel.CancelAsync();
        return await OutcomeAsync(task, running, cancel.Token) with { Duration = time.GetElapsedTime(startedAt) };
    }

    private static async Task<JobOutcome> OutcomeAsync(Task<string> task, RunningJob running, CancellationToken cancelled)
    {
        try
        {
            return new JobOutcome(0, null, new JobOutput(await task), JobOutput.Empty);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return JobOutcome.Failed((await running.TerminationRequested).Error);
        }
        catch (Exception e)
        {
            return new JobOutcome(1, null, JobOutput.Empty, new JobOutput(e.Message));
        }
    }
}

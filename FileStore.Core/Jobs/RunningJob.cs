namespace FileStore.Core.Jobs;

/// <summary>Why and how a running job is terminated.</summary>
/// <param name="Grace">The time between SIGTERM and SIGKILL.</param>
/// <param name="ExitCode">The exit code in its result.</param>
/// <param name="Error">The reason in its result.</param>
internal sealed record TerminationRequest(TimeSpan Grace, int? ExitCode, string Error);

/// <summary>A running job, for those who terminate it or wait for it.</summary>
/// <param name="isTracked">Whether it is work of the daemon itself, which a stop waits for.</param>
internal sealed class RunningJob(bool isTracked)
{
    private readonly TaskCompletionSource<TerminationRequest> _termination = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal bool IsTracked => isTracked;

    /// <summary>Completed when termination is requested.</summary>
    internal Task<TerminationRequest> TerminationRequested => _termination.Task;

    /// <summary>Completed when the job has ended and was recorded.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Requests termination. The first request counts.</summary>
    internal void RequestTermination(TerminationRequest request) => _termination.TrySetResult(request);

    internal void SetEnded() => _ended.TrySetResult();
}

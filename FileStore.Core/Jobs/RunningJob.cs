namespace FileStore.Core.Jobs;

/// <summary>Why a job is ended before its time.</summary>
/// <param name="Grace">What it is given between TERM and KILL.</param>
/// <param name="ExitCode">What its result says.</param>
/// <param name="Error">What its result says of the reason.</param>
internal sealed record TerminationRequest(TimeSpan Grace, int? ExitCode, string Error);

/// <summary>A job that runs, as seen by those who end it or wait for it.</summary>
/// <param name="isTracked">Whether it is work of the daemon's own, which a stop waits for.</param>
internal sealed class RunningJob(bool isTracked)
{
    private readonly TaskCompletionSource<TerminationRequest> _termination = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal bool IsTracked => isTracked;

    /// <summary>Completed when somebody wants it ended.</summary>
    internal Task<TerminationRequest> TerminationRequested => _termination.Task;

    /// <summary>Completed when it is over and recorded.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>The first who asks decides.</summary>
    internal void RequestTermination(TerminationRequest request) => _termination.TrySetResult(request);

    internal void SetEnded() => _ended.TrySetResult();
}

namespace FileStore.Daemon.Features.Names;

/// <summary>Does something again and again until it is stopped.</summary>
/// <param name="interval">The time between the beginnings.</param>
/// <param name="work">A round of the work. It handles its own failures.</param>
/// <param name="time">The clock.</param>
internal sealed class PeriodicWork(TimeSpan interval, Func<CancellationToken, Task> work, TimeProvider time)
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    internal void Start() => _running = RunAsync();

    /// <summary>Cancels the round that is running, and waits until it has ended.</summary>
    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await work(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // it was stopped
        }
    }
}

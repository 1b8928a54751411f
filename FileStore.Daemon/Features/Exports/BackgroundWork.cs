using System.Collections.Concurrent;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using Serilog;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Work that goes on after its request was answered. A clean stop waits for it.</summary>
/// <param name="jobs">Where it shows; null where jobs are off.</param>
/// <param name="log">Where it is told what failed.</param>
internal sealed class BackgroundWork(JobQueue? jobs, ILogger log)
{
    private readonly ConcurrentDictionary<TaskCompletionSource, bool> _running = new();
    private readonly CancellationTokenSource _over = new();

    /// <summary>Begins a piece of work.</summary>
    /// <param name="name">What it is, for people.</param>
    /// <param name="work">The work; what it returns is its outcome in words.</param>
    /// <exception cref="JobHistoryException">It could not be recorded, and has not begun.</exception>
    internal async Task StartAsync(string name, Func<CancellationToken, Task<string>> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running.TryAdd(ended, true);
        if (jobs is null)
        {
            _ = Task.Run(async () =>
            {
                await ((Task)RunAsync(name, work, ended, CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the log has it
            });
            return;
        }

        try
        {
            await jobs.TrackAsync(name, ct => RunAsync(name, work, ended, ct));
        }
        catch
        {
            End(ended);
            throw;
        }
    }

    /// <summary>Ends when nothing is going on any more.</summary>
    internal Task DrainAsync() => Task.WhenAll(_running.Keys.Select(ended => ended.Task));

    /// <summary>Ends what is going on; it leaves nothing behind.</summary>
    internal Task CancelAsync()
    {
        _over.Cancel();
        return DrainAsync();
    }

    private async Task<string> RunAsync(string name, Func<CancellationToken, Task<string>> work, TaskCompletionSource ended, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _over.Token);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException e) when (either.IsCancellationRequested)
        {
            var reason = ct.IsCancellationRequested ? "it was deleted" : "the daemon stopped before it was done";
            log.Information("{Work:l} ended: {Reason:l}", name, reason);
            throw new OperationCanceledException(reason, e);
        }
        catch (ExportException e)
        {
            log.Error("{Work:l} failed: {Reason:l}", name, (e.InnerException ?? e).Message);
            throw;
        }
        catch (Exception e)
        {
            log.Error(e, "{Work:l} failed", name);
            throw new InvalidOperationException("internal error; see the daemon's log", e); // what clients may see
        }
        finally
        {
            End(ended);
        }
    }

    private void End(TaskCompletionSource ended)
    {
        _running.TryRemove(ended, out _);
        ended.SetResult();
    }
}

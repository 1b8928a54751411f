using System.Collections.Concurrent;
using FileStore.Core.Exports;
using FileStore.Daemon.Http;
using Serilog;

namespace FileStore.Daemon.Features;

/// <summary>Work that goes on after the response to its request. A clean stop waits for it.</summary>
/// <param name="log">Takes its failures.</param>
internal sealed class BackgroundWork(ILogger log)
{
    private readonly ConcurrentDictionary<TaskCompletionSource, bool> _running = new();
    private readonly CancellationTokenSource _over = new();

    /// <summary>
    /// Runs work under a name and records how it ends; it throws if that cannot be recorded, and then the work has not begun.
    /// Null if nothing records it.
    /// </summary>
    internal Func<string, Func<CancellationToken, Task<string>>, Task>? Tracker { get; set; }

    /// <summary>Begins a piece of work, and returns when it has begun.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="work">The work; it returns its outcome in words.</param>
    /// <exception cref="ProblemException">It could not be recorded, and has not begun.</exception>
    internal async Task StartAsync(string name, Func<CancellationToken, Task<string>> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running.TryAdd(ended, true);
        if (Tracker is null)
        {
            _ = Task.Run(async () =>
            {
                await ((Task)RunAsync(name, work, ended, CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the log has it
            });
            return;
        }

        try
        {
            await Tracker(name, ct => RunAsync(name, work, ended, ct));
        }
        catch
        {
            End(ended);
            throw;
        }
    }

    /// <summary>Ends when no work is running.</summary>
    internal Task DrainAsync() => Task.WhenAll(_running.Keys.Select(ended => ended.Task));

    /// <summary>Cancels all work, and waits until it has ended; it leaves nothing behind.</summary>
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

using System.Collections.Concurrent;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using Serilog;

namespace FileStore.Daemon.Endpoints;

/// <summary>Work that goes on after its request was answered. A clean stop waits for it.</summary>
/// <param name="jobs">Where it shows; null where jobs are off.</param>
/// <param name="log">Where it is told what failed.</param>
internal sealed class BackgroundWork(JobQueue? jobs, ILogger log)
{
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Begins a piece of work. False if one of that name is going on.</summary>
    /// <param name="name">What it is, for people.</param>
    /// <param name="work">The work; what it returns is its outcome in words.</param>
    /// <exception cref="JobHistoryException">It could not be recorded, and has not begun.</exception>
    internal async Task<bool> TryStartAsync(string name, Func<CancellationToken, Task<string>> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_running.TryAdd(name, ended.Task))
            return false;
        void End()
        {
            _running.TryRemove(name, out _);
            ended.SetResult();
        }

        if (jobs is null)
        {
            _ = Task.Run(async () =>
            {
                await ((Task)RunAsync(name, work, End, CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the log has it
            });
            return true;
        }

        try
        {
            await jobs.TrackAsync(name, ct => RunAsync(name, work, End, ct));
            return true;
        }
        catch (JobHistoryException)
        {
            End();
            throw;
        }
    }

    /// <summary>Ends when nothing is going on any more.</summary>
    internal Task DrainAsync() => Task.WhenAll(_running.Values);

    private async Task<string> RunAsync(string name, Func<CancellationToken, Task<string>> work, Action end, CancellationToken ct)
    {
        try
        {
            return await work(ct);
        }
        catch (Exception e)
        {
            if (e is ExportException or OperationCanceledException)
                log.Error("{Work:l} failed: {Reason:l}", name, (e.InnerException ?? e).Message);
            else
                log.Error(e, "{Work:l} failed", name);
            throw;
        }
        finally
        {
            end();
        }
    }
}

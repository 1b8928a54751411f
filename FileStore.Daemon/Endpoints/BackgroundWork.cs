using System.Collections.Concurrent;
using FileStore.Core.Exports;
using Serilog;

namespace FileStore.Daemon.Endpoints;

/// <summary>
/// Work that goes on after its request was answered. It shows among the jobs, where those are on, and a clean stop waits
/// for it.
/// </summary>
/// <param name="log">Where it is told what failed.</param>
internal sealed class BackgroundWork(ILogger log)
{
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Begins a piece of work. False if one of that name is going on.</summary>
    /// <param name="name">What it is, for people.</param>
    /// <param name="work">The work; what it returns is its outcome in words.</param>
    internal bool TryStart(string name, Func<CancellationToken, Task<string>> work)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_running.TryAdd(name, gate.Task))
            return false;
        _ = RunAsync(name, work, gate);
        return true;
    }

    /// <summary>Ends when nothing is going on any more.</summary>
    internal Task DrainAsync() => Task.WhenAll(_running.Values);

    private async Task RunAsync(string name, Func<CancellationToken, Task<string>> work, TaskCompletionSource done)
    {
        try
        {
            await work(CancellationToken.None);
        }
        catch (ExportException e)
        {
            log.Error("{Work:l} failed: {Reason:l}", name, (e.InnerException ?? e).Message);
        }
        catch (Exception e)
        {
            log.Error(e, "{Work:l} failed", name);
        }
        finally
        {
            _running.TryRemove(name, out _);
            done.SetResult();
        }
    }
}

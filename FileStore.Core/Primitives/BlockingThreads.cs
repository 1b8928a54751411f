using System.Collections.Concurrent;

namespace FileStore.Core.Primitives;

/// <summary>
/// Threads for calls that may wait for a disk: flushes, above all. The runtime's pool has few threads, which serve
/// everybody; one that waits is missing, and a pool with many threads serves small requests at half the rate.
/// Threads are started as they are needed and kept. Disposing ends those that are idle, and the others after their call.
/// </summary>
internal sealed class BlockingThreads(int most) : IDisposable
{
    private readonly BlockingCollection<Action> _calls = [];
    private readonly Lock _gate = new();
    private int _threads;
    private int _idle;

    /// <summary>Runs a call; its result or exception becomes the task's.</summary>
    /// <param name="call">The call.</param>
    /// <param name="ct">Cancels the task as long as the call has not begun.</param>
    internal Task<T> RunAsync<T>(Func<T> call, CancellationToken ct = default)
    {
        var isTaken = 0;
        bool Take() => Interlocked.Exchange(ref isTaken, 1) == 0;
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_idle > 0)
                _idle--;
            else if (_threads < most)
                StartThread();
        }

        var cancelling = ct.Register(() =>
        {
            if (Take())
                done.SetCanceled(ct);
        });
        _calls.Add(() =>
        {
            cancelling.Unregister();
            if (!Take())
                return;
            try
            {
                done.SetResult(call());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }, CancellationToken.None);
        return done.Task;
    }

    public void Dispose() => _calls.CompleteAdding();

    private void StartThread()
    {
        var thread = new Thread(Serve) { IsBackground = true, Name = "disk" };
        try
        {
            thread.Start();
            _threads++;
        }
        catch (OutOfMemoryException e)
        {
            // Which is how the runtime says that the system has no thread for us. Those that run will see to the call.
            if (_threads == 0)
                throw new IOException("no thread could be started", e);
        }
    }

    private void Serve()
    {
        foreach (var call in _calls.GetConsumingEnumerable())
        {
            call();
            lock (_gate)
                _idle = Math.Min(_idle + 1, _threads);
        }
    }
}

namespace FileStore.Core.Primitives;

/// <summary>
/// Threads for calls that may wait for a disk, flushes above all. The runtime's pool is shared and small: blocking its
/// threads starves everyone, and a larger pool halves the rate of small requests. Threads start on demand and are kept.
/// Disposing ends idle threads at once, and busy ones after their calls.
/// </summary>
/// <param name="maxThreads">The most threads, 1 or more. Further calls wait in order.</param>
internal sealed class BlockingThreadPool(int maxThreads) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _calls = new();
    private readonly Stack<Worker> _idle = new(); // last in, first out: the caches still hold that thread's memory
    private int _threads;
    private bool _isDisposed;

    /// <summary>Runs a call on a thread of the pool.</summary>
    /// <param name="call">The call. Its result or exception becomes the task's.</param>
    /// <param name="ct">Cancels the task unless the call has started.</param>
    /// <returns>The result of <paramref name="call"/>.</returns>
    internal Task<T> RunAsync<T>(Func<T> call, CancellationToken ct = default)
    {
        var taken = 0;
        bool TryTake() => Interlocked.Exchange(ref taken, 1) == 0;
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelling = ct.Register(() =>
        {
            if (TryTake())
                completion.SetCanceled(ct);
        });
        Add(() =>
        {
            cancelling.Unregister();
            if (!TryTake())
                return;
            try
            {
                completion.SetResult(call());
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        });
        return completion.Task;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_idle.TryPop(out var worker))
                worker.Wake(null);
        }
    }

    private void Add(Action call)
    {
        Worker? worker;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_idle.TryPop(out worker))
            {
                if (_threads < maxThreads)
                    StartThread();
                _calls.Enqueue(call);
                return;
            }
        }

        worker.Wake(call);
    }

    private void StartThread()
    {
        var thread = new Thread(Serve) { IsBackground = true, Name = "disk" };
        try
        {
            thread.Start();
            _threads++;
        }
        catch (OutOfMemoryException)
        {
            // The runtime reports the lack of a system thread that way. The running threads will take the call.
            if (_threads == 0)
                throw new IOException("no thread could be started", Posix.Eagain);
        }
    }

    private void Serve()
    {
        var worker = new Worker();
        while (Next(worker) is { } call)
            call();
    }

    private Action? Next(Worker worker)
    {
        lock (_lock)
        {
            if (_calls.TryDequeue(out var call) || _isDisposed)
                return call;
            _idle.Push(worker);
        }

        return worker.Wait();
    }

    /// <summary>Where an idle thread waits for its next call.</summary>
    private sealed class Worker
    {
        private Action? _call;
        private bool _isAwake;

        /// <param name="call">The call; null to end the thread.</param>
        internal void Wake(Action? call)
        {
            lock (this)
            {
                (_call, _isAwake) = (call, true);
                Monitor.Pulse(this);
            }
        }

        internal Action? Wait()
        {
            lock (this)
            {
                while (!_isAwake)
                    Monitor.Wait(this);
                _isAwake = false;
                (var call, _call) = (_call, null); // otherwise the call would stay reachable until the next one
                return call;
            }
        }
    }
}

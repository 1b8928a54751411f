namespace FileStore.Core.Primitives;

/// <summary>
/// Threads for calls that may wait for a disk: flushes, above all. The runtime's pool has few threads, which serve
/// everybody; one that waits is missing, and a pool with many threads serves small requests at half the rate.
/// Threads are started as they are needed and kept. Disposing ends those that are idle, and the others after their call.
/// </summary>
internal sealed class BlockingThreadPool(int maxThreads) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _calls = new();
    private readonly Stack<Worker> _idle = new(); // the last to become idle is the first to be woken: its memory is still in the caches
    private int _threads;
    private bool _ended;

    /// <summary>Runs a call; its result or exception becomes the task's.</summary>
    /// <param name="call">The call.</param>
    /// <param name="ct">Cancels the task as long as the call has not begun.</param>
    internal Task<T> RunAsync<T>(Func<T> call, CancellationToken ct = default)
    {
        var isTaken = 0;
        bool Take() => Interlocked.Exchange(ref isTaken, 1) == 0;
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelling = ct.Register(() =>
        {
            if (Take())
                done.SetCanceled(ct);
        });
        Add(() =>
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
        });
        return done.Task;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            while (_idle.TryPop(out var worker))
                worker.Wake(null);
        }
    }

    private void Add(Action call)
    {
        Worker? worker;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
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
            // Which is how the runtime says that the system has no thread for us. Those that run will see to the call.
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
        lock (_gate)
        {
            if (_calls.TryDequeue(out var call) || _ended)
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

        /// <param name="call">The call; null to end.</param>
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
                (var call, _call) = (_call, null); // or what it holds would stay until the next one
                return call;
            }
        }
    }
}

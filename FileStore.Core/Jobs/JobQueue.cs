using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>
/// Takes jobs, runs them in order, some at a time, and remembers them. Members may be called at the same time from any
/// number of threads. What changes something may throw <see cref="JobHistoryException"/>, and has changed nothing then.
/// </summary>
public sealed partial class JobQueue : IDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DeleteGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UntilNextTry = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly SortedSet<long> _waiting = [];
    private readonly Dictionary<long, RunningJob> _running = [];
    private readonly JobHistory _history;
    private readonly JobCompletion _end;
    private readonly ShellRunner _shell;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private int _submitted; // and not recorded yet
    private int _shells;
    private bool _starts;

    private JobQueue(JobOptions options, JobHistory history, IBlobWriter store, TimeProvider time, ILogger log)
    {
        Options = options;
        _history = history;
        _end = new JobCompletion(history, time, log);
        _shell = new ShellRunner(options, store, time);
        _time = time;
        _log = log;
    }

    /// <summary>What it was opened with.</summary>
    public JobOptions Options { get; }

    /// <summary>
    /// Opens the history, or makes it. What still ran when an earlier process ended is killed and recorded as such; what
    /// waited then waits on. The caller starts the queue, stops it, and disposes it then.
    /// </summary>
    /// <exception cref="JobHistoryException">The history cannot be used.</exception>
    public static async Task<JobQueue> OpenAsync(JobOptions options, IBlobWriter store, TimeProvider time, ILogger log)
    {
        Posix.KeepOpenFilesToOurselves();
        var queue = new JobQueue(options, JobHistory.Open(options.Folder, options.Durable, log), store, time, log);
        foreach (var job in queue._history.All().Where(job => !job.IsDone))
        {
            if (job.Started is not null)
                await queue._end.MarkOrphanedAsync(job);
            else
                queue._waiting.Add(job.Id);
        }

        return queue;
    }

    /// <summary>Begins to run what waits.</summary>
    public void Start()
    {
        lock (_gate)
            _starts = true;
        StartWaiting();
    }

    /// <summary>All jobs in the order of their numbers; their results have the beginnings of texts.</summary>
    public IReadOnlyList<Job> All() => _history.All();

    /// <summary>How many jobs there are in each state, the daemon's own work too.</summary>
    public (int Waiting, int Running, int Done) Counts()
    {
        lock (_gate)
            return (_waiting.Count, _running.Count, Math.Max(0, _history.Count - _waiting.Count - _running.Count));
    }

    /// <summary>Null if there is none of this number.</summary>
    public Job? Find(long id) => _history.Find(id);

    /// <summary>A job's result with its whole texts; null if there is none.</summary>
    public async Task<JobResult?> FindResultAsync(long id) =>
        Find(id)?.Result is { } result ? await _history.Results.CompleteAsync(id, result) : null;

    /// <summary>Takes a job, which will be run even if this process ends before. Null if too many wait.</summary>
    public async Task<Job?> SubmitAsync(JobRequest request)
    {
        lock (_gate)
        {
            if (_submitted + _waiting.Count + _shells >= Options.MaxConcurrent + Options.MaxQueued)
                return null;
            _submitted++;
        }

        var job = new Job(_history.NewId(), request, JobCompletion.Now(_time));
        var recorded = false;
        try
        {
            await _history.AddAsync(JournalLine.Created, job);
            recorded = true;
        }
        finally
        {
            lock (_gate)
            {
                _submitted--;
                if (recorded)
                    _waiting.Add(job.Id);
            }
        }

        StartWaiting();
        return job;
    }

    /// <summary>
    /// Runs work of the daemon's own as a job, at once and besides the others. Deleting the job cancels it; a stop waits
    /// for it.
    /// </summary>
    /// <param name="command">What lists call it.</param>
    /// <param name="work">Does it, and returns what stands as its output.</param>
    /// <returns>The job, when it has been recorded; the work goes on.</returns>
    public async Task<Job> TrackAsync(string command, Func<CancellationToken, Task<string>> work)
    {
        var now = JobCompletion.Now(_time);
        var job = new Job(_history.NewId(), new JobRequest(command), now) { Started = now };
        var running = new RunningJob(isTracked: true);
        lock (_gate)
            _running.Add(job.Id, running);
        try
        {
            await _history.AddAsync(JournalLine.Started, job);
        }
        catch
        {
            OnJobFinished(job.Id, running);
            throw;
        }

        _ = RunAsync(job.Id, running, async () => await TrackedWork.RunAsync(work, running, _time));
        return job;
    }

    /// <summary>Takes a job out of the queue, or ends it if it runs, and forgets it. False if there is none.</summary>
    public async Task<bool> DeleteAsync(long id)
    {
        await EndAsync(id);
        try
        {
            var found = await _history.ForgetAsync(id);
            await EndAsync(id); // it may have begun just then
            return found;
        }
        catch when (Find(id) is { IsDone: false })
        {
            lock (_gate)
                _waiting.Add(id);
            StartWaiting();
            throw;
        }
    }

    /// <summary>Deletes a result; the job stays, and is done. False if there is none.</summary>
    public async Task<bool> DeleteResultAsync(long id)
    {
        if (Find(id) is not { Result: not null } job)
            return false;
        var found = await _history.RecordAsync(JournalLine.ResultDeleted, job with { Result = null });
        _history.Results.Drop(id);
        return found;
    }

    /// <summary>Starts no more, ends what runs, and waits for what is tracked. What waits will run after the next start.</summary>
    public async Task StopAsync()
    {
        while (true)
        {
            RunningJob[] running;
            lock (_gate)
            {
                _starts = false;
                running = [.. _running.Values];
            }

            if (running.Length == 0)
                return;
            foreach (var shell in running.Where(job => !job.IsTracked))
                shell.RequestTermination(new TerminationRequest(StopGrace, null, "the daemon stopped while it ran"));
            await Task.WhenAll(running.Select(job => job.Ended));
        }
    }

    public void Dispose() => _history.Dispose();
}

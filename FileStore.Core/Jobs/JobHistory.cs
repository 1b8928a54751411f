using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>
/// All jobs: what lists show in memory, everything on disk. Each change is written to <c>journal.jsonl</c> before it
/// becomes visible. Concurrent changes share one flush.
/// </summary>
internal sealed class JobHistory : IDisposable
{
    /// <summary>Superseded lines that are tolerated before compaction.</summary>
    internal const int MaxDeadLines = 1000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Job> _jobs = [];
    private readonly List<Change> _pending = [];
    private readonly BlockingThreadPool _threads = new(4);
    private readonly ILogger _log;
    private readonly LineJournal _journal;
    private Task _writer = Task.CompletedTask;
    private bool _isWriting;
    private long _nextId = 1;
    private int _compactAbove = MaxDeadLines;

    private JobHistory(string directory, bool durable, ILogger log)
    {
        _log = log;
        _ = _threads.RunAsync(() => true); // starts a thread now, in case the system runs out of them later
        _journal = new LineJournal(Path.Join(directory, "journal.jsonl"), durable, new JournalLine(JournalLine.Next, 1).ToBytes());
        Results = new ResultFiles(Path.Join(directory, "results"), _threads);
        foreach (var (_, line) in _journal.ReadAll(JournalLine.TryParse))
            Apply(line);
        if (_journal.DamagedLines > 0)
            log.Warning("the job history has {Count} damaged lines, which are skipped", _journal.DamagedLines);
        Results.DeleteOrphans(id => Find(id)?.Result is not null);
        CompactIfWorthwhile();
    }

    /// <summary>The output of jobs that is too long for the journal.</summary>
    internal ResultFiles Results { get; }

    /// <summary>Opens a history, or creates it. The caller disposes it.</summary>
    /// <exception cref="JobHistoryException">It cannot be opened or created.</exception>
    internal static JobHistory Open(string directory, bool durable, ILogger log) =>
        IoErrors.Translate(() => new JobHistory(directory, durable, log), JobHistoryException.From);

    /// <summary>Returns a number that no job has had.</summary>
    internal long NewId()
    {
        lock (_lock)
            return _nextId++;
    }

    /// <summary>The number of jobs.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _jobs.Count;
        }
    }

    /// <summary>All jobs in the order of their numbers.</summary>
    internal Job[] All()
    {
        lock (_lock)
            return [.. _jobs.Values];
    }

    /// <summary>The job with this number; null if there is none.</summary>
    internal Job? Find(long id)
    {
        lock (_lock)
            return _jobs.GetValueOrDefault(id);
    }

    /// <summary>Records a new job.</summary>
    /// <exception cref="JobHistoryException">It could not be written. Nothing has changed.</exception>
    internal Task AddAsync(string happened, Job job) => AppendAsync(new JournalLine(happened, job.Id, job), isNew: true);

    /// <summary>Records the new state of a job. False if the job was deleted; this does not bring it back.</summary>
    /// <exception cref="JobHistoryException">It could not be written. Nothing has changed.</exception>
    internal Task<bool> RecordAsync(string happened, Job job) => AppendAsync(new JournalLine(happened, job.Id, job), isNew: false);

    /// <summary>Deletes a job and its output. False if there is no such job.</summary>
    /// <exception cref="JobHistoryException">It could not be written. Nothing has changed.</exception>
    internal async Task<bool> ForgetAsync(long id)
    {
        var found = await AppendAsync(new JournalLine(JournalLine.Deleted, id), isNew: false);
        Results.Delete(id);
        return found;
    }

    /// <summary>Shows a state that could not be recorded. It is lost when the process ends.</summary>
    internal void UpdateInMemory(Job job)
    {
        lock (_lock)
            _jobs[job.Id] = job;
    }

    /// <summary>Closes the history after pending writes.</summary>
    public void Dispose()
    {
        Task writer;
        lock (_lock)
            writer = _writer;
        writer.GetAwaiter().GetResult();
        _threads.Dispose();
        _journal.Dispose();
    }

    private Task<bool> AppendAsync(JournalLine line, bool isNew)
    {
        var change = new Change(line, line.ToBytes(), isNew);
        lock (_lock)
        {
            if (!_isWriting)
                _writer = IoErrors.Translate(() => _threads.RunAsync(WritePending), JobHistoryException.From); // the thread waits for this lock
            _isWriting = true;
            _pending.Add(change);
        }

        return change.Written.Task;
    }

    private bool WritePending()
    {
        while (TakePending() is { Count: > 0 } batch)
        {
            var applied = WithExistingJobs(batch);
            try
            {
                // The process's identity helps to find orphans, and no process survives a power failure.
                var flush = applied.Exists(change => change.Line.Event != JournalLine.Running);
                if (applied.Count > 0)
                    IoErrors.Translate(() => _journal.Append([.. applied.Select(change => change.Bytes)], flush), JobHistoryException.From);
                lock (_lock)
                    applied.ForEach(change => Apply(change.Line));
                applied.ForEach(change => change.Written.SetResult(true));
                foreach (var change in batch.Except(applied))
                    change.Written.SetResult(false);
                CompactIfWorthwhile();
            }
            catch (Exception e)
            {
                // Whatever failed, the callers must not wait for ever, and later changes must be written.
                var failure = e as JobHistoryException ?? new JobHistoryException($"it could not be written: {e.Message}", e);
                batch.ForEach(change => change.Written.TrySetException(failure));
                if (e is not JobHistoryException)
                    _log.Error(e, "writing the job history failed");
            }
        }

        return true;
    }

    /// <summary>
    /// Selects the changes of jobs that exist. Only one thread writes, so the selection still holds after the write.
    /// </summary>
    private List<Change> WithExistingJobs(List<Change> batch)
    {
        var applied = new List<Change>();
        var exists = new Dictionary<long, bool>();
        foreach (var change in batch)
        {
            var id = change.Line.Id;
            if (!change.IsNew && !(exists.TryGetValue(id, out var known) ? known : Find(id) is not null))
                continue;
            applied.Add(change);
            exists[id] = change.Line.Job is not null;
        }

        return applied;
    }

    private List<Change> TakePending()
    {
        lock (_lock)
        {
            var batch = _pending.ToList();
            _pending.Clear();
            _isWriting = batch.Count > 0;
            return batch;
        }
    }

    private void Apply(JournalLine line)
    {
        _nextId = Math.Max(_nextId, line.Event == JournalLine.Next ? line.Id : line.Id + 1);
        if (line.Job is not null)
            _jobs[line.Id] = line.Job;
        else
            _jobs.Remove(line.Id);
    }

    /// <summary>Rewrites the journal once most of it is superseded.</summary>
    private void CompactIfWorthwhile()
    {
        List<JournalLine> lines;
        lock (_lock)
        {
            var dead = _journal.Lines - _jobs.Count - 1;
            if (dead <= Math.Max(_compactAbove, _jobs.Count))
                return;
            lines = [new JournalLine(JournalLine.Next, _nextId), .. _jobs.Values.Select(job => new JournalLine(StateOf(job), job.Id, job))];
        }

        try
        {
            IoErrors.Translate(() => _journal.Replace([.. lines.Select(line => line.ToBytes())]), JobHistoryException.From);
            _compactAbove = MaxDeadLines;
        }
        catch (JobHistoryException e)
        {
            _compactAbove = 2 * _journal.Lines; // otherwise every line would try again
            _log.Warning("the job history could not be compacted: {Reason:l}", e.Message);
        }
    }

    private sealed record Change(JournalLine Line, byte[] Bytes, bool IsNew)
    {
        /// <summary>Completed with false if there was nothing to change.</summary>
        internal TaskCompletionSource<bool> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static string StateOf(Job job) =>
        job.IsDone ? JournalLine.Done : job.Started is null ? JournalLine.Created : JournalLine.Started;
}

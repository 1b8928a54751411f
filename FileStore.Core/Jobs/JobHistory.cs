using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Jobs;

/// <summary>
/// Every job there is: in memory what lists need, and all of it on disk. <c>journal.jsonl</c> gets a line for each change
/// before anybody sees it; changes that come at the same time share one flush.
/// </summary>
internal sealed class JobHistory : IDisposable
{
    /// <summary>Lines that say nothing any more, and are let be.</summary>
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
        _ = _threads.RunAsync(() => true); // from now on there is a thread, whatever the system is short of later
        _journal = new LineJournal(Path.Join(directory, "journal.jsonl"), durable, new JournalLine(JournalLine.Next, 1).ToBytes());
        Results = new ResultFiles(Path.Join(directory, "results"), _threads);
        foreach (var (_, line) in _journal.ReadAll(JournalLine.TryParse))
            Apply(line);
        if (_journal.DamagedLines > 0)
            log.Warning("the jobs' history has {Count} damaged lines, which are passed over", _journal.DamagedLines);
        Results.DeleteOrphans(id => Find(id)?.Result is not null);
        CompactIfWorthwhile();
    }

    /// <summary>The texts of results.</summary>
    internal ResultFiles Results { get; }

    /// <summary>Opens a history, or makes it.</summary>
    /// <exception cref="JobHistoryException">It cannot be opened or made.</exception>
    internal static JobHistory Open(string directory, bool durable, ILogger log) =>
        IoErrors.Translate(() => new JobHistory(directory, durable, log), JobHistoryException.From);

    /// <summary>A number that no job has had.</summary>
    internal long NewId()
    {
        lock (_lock)
            return _nextId++;
    }

    /// <summary>How many jobs there are.</summary>
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

    /// <summary>Null if there is none of this number.</summary>
    internal Job? Find(long id)
    {
        lock (_lock)
            return _jobs.GetValueOrDefault(id);
    }

    /// <summary>Writes down a job of a new number.</summary>
    /// <exception cref="JobHistoryException">It could not be written, and nothing has changed.</exception>
    internal Task AddAsync(string happened, Job job) => AppendAsync(new JournalLine(happened, job.Id, job), isNew: true);

    /// <summary>Writes down what has become of a job. False if it is gone: it does not come back by that.</summary>
    /// <exception cref="JobHistoryException">It could not be written, and nothing has changed.</exception>
    internal Task<bool> RecordAsync(string happened, Job job) => AppendAsync(new JournalLine(happened, job.Id, job), isNew: false);

    /// <summary>Writes down that a job is gone, with all that is known of it. False if there was none.</summary>
    /// <exception cref="JobHistoryException">It could not be written, and nothing has changed.</exception>
    internal async Task<bool> ForgetAsync(long id)
    {
        var found = await AppendAsync(new JournalLine(JournalLine.Deleted, id), isNew: false);
        Results.Delete(id);
        return found;
    }

    /// <summary>Shows what could not be written down, and goes with the process.</summary>
    internal void UpdateInMemory(Job job)
    {
        lock (_lock)
            _jobs[job.Id] = job;
    }

    /// <summary>Closes it, once what is being written has been.</summary>
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
                _writer = IoErrors.Translate(() => _threads.RunAsync(WritePending), JobHistoryException.From); // which waits for this lock
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
                // The process's identity helps against orphans, which a loss of power does not leave.
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
                // Whatever it was, somebody waits for each of them, and others will come.
                var failure = e as JobHistoryException ?? new JobHistoryException($"it could not be written: {e.Message}", e);
                batch.ForEach(change => change.Written.TrySetException(failure));
                if (e is not JobHistoryException)
                    _log.Error(e, "writing the jobs' history failed");
            }
        }

        return true;
    }

    /// <summary>Only one thread writes, so that what it finds here still holds when it has written.</summary>
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

    /// <summary>Writes the journal anew once most of it is out of date.</summary>
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
            _compactAbove = 2 * _journal.Lines; // or it would be tried again with every line
            _log.Warning("the jobs' history stays longer than it need be: {Reason:l}", e.Message);
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

using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>
/// The one thread that changes an index. Changes that wait together are committed together, in one transaction with one
/// flush. When none waits, the thread does what can wait.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int MaxTogether = 256;

    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);

    private readonly SqliteFile _file;
    private readonly SqliteConnection _connection;
    private readonly Func<bool, bool> _doLater;
    private readonly Queue<Change> _changes = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStopping;

    /// <param name="file">The file.</param>
    /// <param name="connection">The connection, which is the writer's from now on.</param>
    /// <param name="doLater">
    /// Does a piece of what can wait, if no change waits or it has waited too long (its argument says which): in a
    /// transaction of its own, on the writer's thread. False if nothing is left to do.
    /// </param>
    internal SqliteWriter(SqliteFile file, SqliteConnection connection, Func<bool, bool> doLater)
    {
        (_file, _connection, _doLater) = (file, connection, doLater);
        new Thread(Serve) { IsBackground = true, Name = "index" }.Start();
    }

    /// <summary>Runs a change. The task ends when it is committed.</summary>
    /// <param name="change">The change. It may run more than once; only the last time counts.</param>
    /// <returns>The result of <paramref name="change"/>.</returns>
    /// <exception cref="IndexException">It was not committed.</exception>
    internal Task<T> RunAsync<T>(Func<T> change)
    {
        var added = new Change<T>(change);
        lock (_changes)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            _changes.Enqueue(added);
            Monitor.Pulse(_changes);
        }

        return added.Task;
    }

    /// <summary>Runs work in a transaction of its own, on the thread of the writer.</summary>
    internal void InTransaction(Action work)
    {
        SqliteFile.Run(_connection, "BEGIN IMMEDIATE");
        try
        {
            work();
            SqliteFile.Run(_connection, "COMMIT");
        }
        catch
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) // SQLite ends a transaction itself after some failures
                SqliteFile.Run(_connection, "ROLLBACK");
            throw;
        }
    }

    /// <summary>Ends the thread once the changes that wait are committed, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_changes)
        {
            _isStopping = true;
            Monitor.Pulse(_changes);
        }

        await _ended.Task;
    }

    private void Serve()
    {
        var isDone = false;
        while (Next(isDone) is { } changes)
        {
            if (changes.Count > 0)
                Commit(changes);
            isDone = !TryDoLater(isIdle: changes.Count == 0) && changes.Count == 0;
        }

        _connection.Dispose();
        _ended.SetResult();
    }

    /// <summary>The changes to commit next, or none once the writer is idle; null to end.</summary>
    /// <param name="isDone">Whether nothing is left to do for an idle writer.</param>
    private List<Change>? Next(bool isDone)
    {
        lock (_changes)
        {
            if (_changes.Count == 0 && !_isStopping)
                Monitor.Wait(_changes, isDone ? Timeout.InfiniteTimeSpan : Idle);
            return _changes.Count == 0 && _isStopping ? null : Take();
        }
    }

    private List<Change> Take()
    {
        var taken = new List<Change>();
        while (taken.Count < MaxTogether && _changes.TryDequeue(out var change))
            taken.Add(change);
        return taken;
    }

    /// <summary>False if there is nothing to do, or it cannot be done now.</summary>
    private bool TryDoLater(bool isIdle)
    {
        try
        {
            return _doLater(isIdle);
        }
        catch (SqliteException)
        {
            return false; // the next change reports what is wrong
        }
    }

    /// <summary>Commits changes together or, if that fails, each on its own, so that one cannot fail another.</summary>
    private void Commit(List<Change> changes)
    {
        try
        {
            InTransaction(() => changes.ForEach(change => change.Run()));
        }
        catch (Exception) when (changes.Count > 1)
        {
            foreach (var change in changes)
                Commit([change]);
            return;
        }
        catch (Exception e)
        {
            changes[0].Fail(_file.Translate(e) ?? e);
            return;
        }

        changes.ForEach(change => change.Complete());
    }

    private abstract class Change
    {
        internal abstract void Run();

        internal abstract void Complete();

        internal abstract void Fail(Exception e);
    }

    private sealed class Change<T>(Func<T> run) : Change
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        internal Task<T> Task => _completion.Task;

        internal override void Run() => _result = run();

        internal override void Complete() => _completion.SetResult(_result!);

        internal override void Fail(Exception e) => _completion.SetException(e);
    }
}

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FileStore.Core.Primitives;
using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>An index in an SQLite database, which one process has open for changes.</summary>
public sealed class SqliteNameIndex : INameIndex
{
    private const int MaxReaders = 4;
    private const int ChunkSize = 1000;
    private const int MaxUnsearchable = 20_000; // looked at one by one in each search

    private readonly SqliteFile _file;
    private readonly HashKind _kind;
    private readonly ConcurrentBag<NameReader> _readers = [];
    private readonly BlockingThreadPool _threads = new(MaxReaders);
    private readonly NameTables _tables;
    private readonly SearchTable _search;
    private readonly SqliteWriter _writer;

    private SqliteNameIndex(SqliteFile file, SqliteConnection connection, HashKind kind, TimeProvider time)
    {
        (_file, _kind) = (file, kind);
        _tables = new NameTables(connection, kind, time);
        _search = new SearchTable(connection);
        _writer = new SqliteWriter(file, connection, CatchUp);
    }

    /// <summary>Opens an index, and creates it and its directory if they are not there. The caller disposes it.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="kind">The hash that names the blobs of its store.</param>
    /// <param name="isDurable">Whether a change is on disk when its task ends.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IndexException">It cannot be opened, or is not an index of this version.</exception>
    public static SqliteNameIndex Open(string path, HashKind kind, bool isDurable, TimeProvider time)
    {
        var file = new SqliteFile(path, isDurable);
        return file.Guard(() =>
        {
            Directories.Create(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var connection = file.OpenForWriting();
            try
            {
                return new SqliteNameIndex(file, connection, kind, time);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });
    }

    /// <inheritdoc/>
    public ValueTask<NamedBlob?> FindAsync(BlobName name, CancellationToken ct) => ValueTask.FromResult(Ask(reader => reader.Find(name)));

    /// <inheritdoc/>
    public Task<NamePage> ListAsync(NameQuery query, CancellationToken ct) => _threads.RunAsync(() => Ask(reader =>
    {
        reader.Begin(); // a page takes several statements
        try
        {
            return reader.List(query);
        }
        finally
        {
            reader.End();
        }
    }), ct);

    /// <inheritdoc/>
    public Task<NamesOfBlob> NamesOfAsync(Digest digest, int limit, CancellationToken ct) => _threads.RunAsync(() => Ask(reader => reader.NamesOf(digest, limit)), ct);

    /// <inheritdoc/>
    public IAsyncEnumerable<IndexRecord> AllAsync(CancellationToken ct) => AllAsync(_file, _kind, _threads, ct);

    /// <summary>All that an index knows, as of one moment, while another process may have it open.</summary>
    /// <param name="path">Its file, absolute.</param>
    /// <param name="kind">The hash that names the blobs of its store.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="IndexException">It cannot be read.</exception>
    public static async IAsyncEnumerable<IndexRecord> ReadAsync(string path, HashKind kind, [EnumeratorCancellation] CancellationToken ct)
    {
        using var threads = new BlockingThreadPool(1);
        await foreach (var record in AllAsync(new SqliteFile(path, isDurable: false), kind, threads, ct))
            yield return record;
    }

    /// <summary>Checks the structure of an index, while another process may have it open.</summary>
    /// <param name="path">Its file, absolute.</param>
    /// <returns>What is wrong with it, a sentence each; none if it is whole.</returns>
    /// <exception cref="IndexException">It cannot be read.</exception>
    public static IReadOnlyList<string> FindDamage(string path)
    {
        var file = new SqliteFile(path, isDurable: false);
        return file.Guard(() =>
        {
            using var connection = file.OpenForReading();
            using var check = new Statement(connection, "PRAGMA integrity_check(100)");
            using var rows = check.Query();
            var damage = new List<string>();
            while (rows.Read())
                damage.Add(rows.GetString(0));
            return damage is ["ok"] ? [] : damage;
        });
    }

    /// <inheritdoc/>
    public Task SnapshotAsync(string path, CancellationToken ct) => _threads.RunAsync(() => _file.Guard(() =>
    {
        var unfinished = $"{path}.new";
        Posix.TryUnlink(unfinished);
        using (var source = _file.OpenForReading())
        using (var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = unfinished, Pooling = false }.ToString()))
        {
            copy.Open();
            source.BackupDatabase(copy);
        }

        using (var handle = File.OpenHandle(unfinished))
            Posix.Sync(handle, unfinished);
        Posix.RenameOver(unfinished, path);
        Posix.SyncDirectory(Path.GetDirectoryName(path)!);
        return true;
    }), ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<NameChange>?> SetAsync(IReadOnlyList<NameAssignment> assignments) => _writer.RunAsync(() => _tables.Set(assignments));

    /// <inheritdoc/>
    public Task<ImportOutcome> ImportAsync(IReadOnlyList<IndexRecord> records, bool replace) => _writer.RunAsync(() => _tables.Import(records, replace));

    /// <inheritdoc/>
    public Task<NameOutcome> RemoveAsync(BlobName name, Func<NamedBlob, bool> mayRemove) => _writer.RunAsync(() => _tables.Remove(name, mayRemove));

    /// <inheritdoc/>
    public Task<long> RemoveFolderAsync(string folder) => _writer.RunAsync(() => _tables.RemoveFolder(folder));

    /// <inheritdoc/>
    public Task<long> RemoveNamesOfAsync(Digest digest) => _writer.RunAsync(() => _tables.RemoveNamesOf(digest));

    /// <inheritdoc/>
    public Task<NameOutcome> MoveAsync(BlobName from, BlobName target, bool keep, bool replace) => _writer.RunAsync(() => _tables.Move(from, target, keep, replace));

    /// <inheritdoc/>
    public Task<NameOutcome> MoveFolderAsync(string from, string target, bool keep, bool replace) =>
        _writer.RunAsync(() => _tables.MoveFolder(from, target, keep, replace));

    /// <inheritdoc/>
    public ValueTask<bool> IsHeldAsync(Digest digest, CancellationToken ct) => ValueTask.FromResult(Ask(reader => reader.IsHeld(digest)));

    /// <inheritdoc/>
    public Task PinAsync(Digest digest) => _writer.RunAsync(() =>
    {
        _tables.Pin(digest);
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<Digest>> ReleasedAsync(DateTimeOffset before, int limit, CancellationToken ct) =>
        _threads.RunAsync(() => Ask(reader => reader.Released(before, limit)), ct);

    /// <inheritdoc/>
    public Task ForgetAsync(Digest digest) => _writer.RunAsync(() =>
    {
        _tables.Forget(digest);
        return true;
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _threads.Dispose();
        while (_readers.TryTake(out var reader))
            reader.Dispose();
    }

    private static async IAsyncEnumerable<IndexRecord> AllAsync(SqliteFile file, HashKind kind, BlockingThreadPool threads, [EnumeratorCancellation] CancellationToken ct)
    {
        using var reader = file.Guard(() => new NameReader(file.OpenForReading(), kind));
        file.Guard(() =>
        {
            reader.Begin();
            return true;
        });
        using var records = reader.All().GetEnumerator();
        while (true)
        {
            var chunk = await threads.RunAsync(() => file.Guard(() => Next(records)), ct);
            foreach (var record in chunk)
                yield return record;
            if (chunk.Count < ChunkSize)
                break;
        }
    }

    private static List<IndexRecord> Next(IEnumerator<IndexRecord> records)
    {
        var chunk = new List<IndexRecord>(ChunkSize);
        while (chunk.Count < ChunkSize && records.MoveNext())
            chunk.Add(records.Current);
        return chunk;
    }

    /// <summary>Asks a reader that is free, or a new one.</summary>
    private T Ask<T>(Func<NameReader, T> question) => _file.Guard(() =>
    {
        var reader = _readers.TryTake(out var free) ? free : new NameReader(_file.OpenForReading(), _kind);
        try
        {
            return question(reader);
        }
        finally
        {
            if (_readers.Count < MaxReaders)
                _readers.Add(reader);
            else
                reader.Dispose();
        }
    });

    /// <summary>Adds names to the table for searches. It can wait as long as they are few.</summary>
    private bool CatchUp(bool isIdle)
    {
        if (!isIdle && _tables.LastId - _search.UpTo < MaxUnsearchable)
            return false;
        var more = false;
        _writer.InTransaction(() => more = _search.Add(ChunkSize));
        return more;
    }
}

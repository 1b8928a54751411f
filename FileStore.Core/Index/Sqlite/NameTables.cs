using FileStore.Core.Primitives;
using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>Changes the tables of an index. Every member is called in a transaction, by the writer's thread.</summary>
internal sealed class NameTables
{
    private const int ChunkSize = 1000;

    private readonly HashKind _kind;
    private readonly TimeProvider _time;
    private readonly Statement _find, _insert, _point, _delete, _release, _retain, _statusOf, _isReleased, _findFolder, _insertFolder, _forgetWords, _inFolder, _byDigest, _unhold;
    private long _nextId;

    internal NameTables(SqliteConnection connection, HashKind kind, TimeProvider time)
    {
        (_kind, _time) = (kind, time);
        Statement Prepare(string sql) => new(connection, sql);
        _find = Prepare($"SELECT {NameRow.Columns} FROM names WHERE name = $1");
        _insert = Prepare("INSERT INTO names(id, name, folder, digest, size, type, modified, is_held) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
        _point = Prepare("UPDATE names SET digest = $2, size = $3, type = $4, modified = $5, is_held = $6 WHERE id = $1");
        _delete = Prepare("DELETE FROM names WHERE id = $1");
        _statusOf = Prepare("SELECT is_held FROM names WHERE digest = $1 LIMIT 1");
        _isReleased = Prepare("SELECT 1 FROM released WHERE digest = $1");
        _release = Prepare("INSERT OR REPLACE INTO released(digest, since) VALUES ($1, $2)");
        _retain = Prepare("DELETE FROM released WHERE digest = $1");
        _unhold = Prepare("UPDATE names SET is_held = 0 WHERE digest = $1");
        _findFolder = Prepare("SELECT id FROM folders WHERE path = $1");
        _insertFolder = Prepare("INSERT INTO folders(path) VALUES ($1) RETURNING id");
        _forgetWords = Prepare("DELETE FROM search WHERE rowid = $1");
        _inFolder = Prepare($"SELECT {NameRow.Columns} FROM names WHERE name > $1 AND name < CAST($2 AS TEXT) ORDER BY name LIMIT {ChunkSize}");
        _byDigest = Prepare($"SELECT {NameRow.Columns} FROM names WHERE digest = $1 LIMIT {ChunkSize}");
        _nextId = SqliteFile.Number(connection, "SELECT max(up_to, (SELECT ifnull(max(id), 0) FROM names)) FROM searchable") + 1;
    }

    /// <summary>The greatest key that a row has had.</summary>
    internal long LastId => _nextId - 1;

    internal IReadOnlyList<NameChange>? Set(IReadOnlyList<NameAssignment> assignments)
    {
        var before = new NamedBlob?[assignments.Count];
        for (var i = 0; i < assignments.Count; i++)
            before[i] = Find(assignments[i].Name)?.Blob;
        if (assignments.Where((assignment, i) => !assignment.MayReplace(before[i])).Any())
        {
            foreach (var unused in assignments.Where(assignment => assignment.IsNewBlob))
                Release(unused.Digest, isHeld: true);
            return null;
        }

        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        return [.. assignments.Select((assignment, i) => new NameChange(before[i], Point(Named(assignment, now), assignment.IsNewBlob)))];
    }

    private static NamedBlob Named(NameAssignment assignment, DateTimeOffset now) =>
        new(assignment.Name, assignment.Digest, assignment.Size, assignment.Type, now);

    internal ImportOutcome Import(IReadOnlyList<IndexRecord> records, bool replace)
    {
        var (added, replaced, kept) = (0L, 0L, 0L);
        foreach (var record in records)
        {
            if (record.Name is not { } name)
            {
                if (_statusOf.Scalar(record.Digest.ToBytes()) is null)
                    _release.Execute(record.Digest.ToBytes(), record.Time.ToUnixTimeMilliseconds());
                continue;
            }

            var before = Find(name)?.Blob;
            if (before is not null && before.Digest != record.Digest && !replace)
            {
                kept++;
                continue;
            }

            Point(new NamedBlob(name, record.Digest, record.Size, record.Type, record.Time), record.IsHeld);
            if (before is null)
                added++;
            else if (before.Digest != record.Digest)
                replaced++;
        }

        return new ImportOutcome(added, replaced, kept);
    }

    internal NameOutcome Remove(BlobName name, Func<NamedBlob, bool> mayRemove)
    {
        if (Find(name) is not { } row)
            return NameOutcome.Absent;
        if (!mayRemove(row.Blob))
            return NameOutcome.Refused;
        Remove(row);
        return NameOutcome.Done;
    }

    internal long RemoveFolder(string folder)
    {
        var count = 0L;
        foreach (var row in RowsIn(folder))
        {
            Remove(row);
            count++;
        }

        return count;
    }

    internal long RemoveNamesOf(Digest digest)
    {
        var count = 0L;
        while (Read(_byDigest.Query(digest.ToBytes())) is { Count: > 0 } rows)
        {
            rows.ForEach(row => Delete(row.Id));
            count += rows.Count;
        }

        _retain.Execute(digest.ToBytes());
        return count;
    }

    internal NameOutcome Move(BlobName from, BlobName to, bool keep, bool replace)
    {
        if (Find(from) is not { } row)
            return NameOutcome.Absent;
        if (from == to)
            return NameOutcome.Done;
        if (!replace && Find(to) is not null)
            return NameOutcome.Refused;
        Move(row, to, keep);
        return NameOutcome.Done;
    }

    internal NameOutcome MoveFolder(string from, string to, bool keep, bool replace)
    {
        if (!RowsIn(from).Any())
            return NameOutcome.Absent;
        if (from == to)
            return NameOutcome.Done;
        if (!replace && RowsIn(to).Any())
            return NameOutcome.Refused;
        if (!RowsIn(from).All(row => TryRebase(row, from, to, out _)))
            return NameOutcome.TooLong;
        foreach (var row in RowsIn(from))
        {
            if (TryRebase(row, from, to, out var name))
                Move(row, name, keep);
        }

        return NameOutcome.Done;
    }

    private static bool TryRebase(NameRow row, string from, string to, out BlobName name) =>
        BlobName.TryParse(string.Concat(to, row.Blob.Name.Text.AsSpan(from.Length)), out name, out _);

    internal void Pin(Digest digest)
    {
        _unhold.Execute(digest.ToBytes());
        _retain.Execute(digest.ToBytes());
    }

    internal void Forget(Digest digest) => _retain.Execute(digest.ToBytes());

    /// <summary>Points a name at a blob, whatever it points at, and returns what it is from now on.</summary>
    private NamedBlob Point(NamedBlob blob, bool isNewBlob)
    {
        var bytes = blob.Digest.ToBytes();
        var row = Find(blob.Name);
        if (row is not null && row.Blob == blob with { Modified = row.Blob.Modified })
            return row.Blob;
        // A blob is held or pinned for all its names alike.
        var isHeld = _statusOf.Scalar(bytes) is long status ? status != 0 : isNewBlob || _isReleased.Scalar(bytes) is not null;
        if (isHeld)
            _retain.Execute(bytes);
        if (row is null)
        {
            _insert.Execute(_nextId++, blob.Name.Text, FolderId(blob.Name.Folder), bytes, blob.Size, blob.Type, blob.Modified.ToUnixTimeMilliseconds(), isHeld ? 1L : 0L);
            return blob;
        }

        _point.Execute(row.Id, bytes, blob.Size, blob.Type, blob.Modified.ToUnixTimeMilliseconds(), isHeld ? 1L : 0L);
        if (row.Blob.Digest != blob.Digest)
            Release(row.Blob.Digest, row.IsHeld);
        return blob;
    }

    private void Move(NameRow row, BlobName to, bool keep)
    {
        Point(row.Blob with { Name = to }, isNewBlob: false);
        if (!keep)
            Remove(row);
    }

    private void Remove(NameRow row)
    {
        Delete(row.Id);
        Release(row.Blob.Digest, row.IsHeld);
    }

    private void Delete(long id)
    {
        _delete.Execute(id);
        _forgetWords.Execute(id);
    }

    /// <summary>Records that nothing points at a held blob any more, if so.</summary>
    private void Release(Digest digest, bool isHeld)
    {
        if (isHeld && _statusOf.Scalar(digest.ToBytes()) is null)
            _release.Execute(digest.ToBytes(), _time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private NameRow? Find(BlobName name)
    {
        using var rows = _find.Query(name.Text);
        return rows.Read() ? NameRow.Read(rows, _kind) : null;
    }

    /// <summary>The names in a folder and below it, read a chunk at a time: those that were read may be changed meanwhile.</summary>
    private IEnumerable<NameRow> RowsIn(string folder)
    {
        var after = folder;
        while (Read(_inFolder.Query(after, NameRow.EndOf(folder))) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
                yield return row;
            after = rows[^1].Blob.Name.Text;
        }
    }

    private List<NameRow> Read(SqliteDataReader rows)
    {
        using (rows)
        {
            var read = new List<NameRow>();
            while (rows.Read())
                read.Add(NameRow.Read(rows, _kind));
            return read;
        }
    }

    private long FolderId(string path) => (long)(_findFolder.Scalar(path) ?? _insertFolder.Scalar(path))!;
}

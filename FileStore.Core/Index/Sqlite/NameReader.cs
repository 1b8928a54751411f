using System.Text;
using FileStore.Core.Primitives;
using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>Answers questions from a connection of its own. For one thread at a time.</summary>
internal sealed class NameReader : IDisposable
{
    /// <summary>The most names that a question by time or size without a folder may have to sort.</summary>
    internal const int MaxSorted = 100_000;

    private readonly HashKind _kind;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    /// <param name="connection">The connection, which is the reader's from now on.</param>
    /// <param name="kind">The kind of the digests.</param>
    internal NameReader(SqliteConnection connection, HashKind kind) => (_connection, _kind) = (connection, kind);

    internal NamedBlob? Find(BlobName name)
    {
        using var rows = Prepare($"SELECT {NameRow.Columns} FROM names WHERE name = $1").Query(name.Text);
        return rows.Read() ? NameRow.Read(rows, _kind).Blob : null;
    }

    internal NamesOfBlob NamesOf(Digest digest, int limit)
    {
        var names = new List<BlobName>();
        using (var rows = Prepare($"SELECT {NameRow.Columns} FROM names WHERE digest = $1 ORDER BY name LIMIT $2").Query(digest.ToBytes(), limit))
        {
            while (rows.Read())
                names.Add(NameRow.Read(rows, _kind).Blob.Name);
        }

        return new NamesOfBlob(names, (long)Prepare("SELECT count(*) FROM names WHERE digest = $1").Scalar(digest.ToBytes())!);
    }

    internal bool IsHeld(Digest digest) =>
        Prepare("SELECT is_held FROM names WHERE digest = $1 LIMIT 1").Scalar(digest.ToBytes()) is long status
            ? status != 0
            : Prepare("SELECT 1 FROM released WHERE digest = $1").Scalar(digest.ToBytes()) is not null;

    internal IReadOnlyList<Digest> Released(DateTimeOffset before, int limit)
    {
        var digests = new List<Digest>();
        using var rows = Prepare("SELECT digest FROM released WHERE since < $1 ORDER BY since LIMIT $2").Query(before.ToUnixTimeMilliseconds(), limit);
        while (rows.Read())
            digests.Add(NameRow.DigestOf(rows, 0, _kind));
        return digests;
    }

    /// <summary>All that the index knows, in the transaction of the caller.</summary>
    internal IEnumerable<IndexRecord> All()
    {
        using (var rows = Prepare($"SELECT {NameRow.Columns} FROM names ORDER BY name").Query())
        {
            while (rows.Read())
            {
                var row = NameRow.Read(rows, _kind);
                yield return new IndexRecord(row.Blob.Name, row.Blob.Digest, row.Blob.Size, row.Blob.Type, row.Blob.Modified, row.IsHeld);
            }
        }

        using var released = Prepare("SELECT digest, since FROM released ORDER BY since").Query();
        while (released.Read())
            yield return new IndexRecord(null, NameRow.DigestOf(released, 0, _kind), 0, "", DateTimeOffset.FromUnixTimeMilliseconds(released.GetInt64(1)), IsHeld: true);
    }

    internal NamePage List(NameQuery query) => query switch
    {
        { Search: { } text } => new NameSearch(this, query, text).Find(),
        { Order: NameOrder.Name } => ListByName(query),
        { ByFolder: true } => ListFolder(query),
        { Order: NameOrder.Modified } => NameScan.ByTime(this, query, _ => true),
        _ => ListSorted(query, InRange(query.Prefix)),
    };

    /// <summary>Begins a transaction: until it ends, all questions are answered as of now.</summary>
    internal void Begin() => SqliteFile.Run(_connection, "BEGIN");

    internal void End() => SqliteFile.Run(_connection, "COMMIT");

    internal Statement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = new Statement(_connection, sql));
        return statement;
    }

    internal NameRow Read(SqliteDataReader rows) => NameRow.Read(rows, _kind);

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _connection.Dispose();
    }

    /// <summary>A page of names sorted in memory.</summary>
    /// <param name="query">The question, whose order is not the name's.</param>
    /// <param name="rows">The names; those that are not on the page are passed over.</param>
    /// <exception cref="NameQueryException">They are too many.</exception>
    internal static NamePage ListSorted(NameQuery query, IEnumerable<NameRow> rows)
    {
        var all = rows.Take(MaxSorted + 1).ToList();
        if (all.Count > MaxSorted)
        {
            throw new NameQueryException($"more than {MaxSorted} names would have to be sorted by size: ask for one folder with prefix=FOLDER/ and "
                + "delimiter=/, or sort by name");
        }

        var keyed = all.Select(row => (Key: KeyOf(row, query.Order), Row: row));
        var sorted = query.Descending ? keyed.OrderByDescending(row => row.Key) : keyed.OrderBy(row => row.Key);
        var after = query.After is null ? null : NameCursor.Parse(query.After);
        var page = sorted.SkipWhile(row => after is { } cursor && !IsAfter(row.Key, cursor, query.Descending)).Take(query.Limit + 1).ToList();
        var next = page.Count > query.Limit ? new NameCursor(page[query.Limit - 1].Key.Value, page[query.Limit - 1].Key.Id).ToString() : null;
        return new NamePage([.. page.Take(query.Limit).Select(row => row.Row.Blob)], [], next);
    }

    private static bool IsAfter((long, long) key, NameCursor cursor, bool descending) =>
        key.CompareTo((cursor.Value, cursor.Id)) is var order && (descending ? order < 0 : order > 0);

    private static (long Value, long Id) KeyOf(NameRow row, NameOrder order) =>
        (order == NameOrder.Size ? row.Blob.Size : row.Blob.Modified.ToUnixTimeMilliseconds(), row.Id);

    private IEnumerable<NameRow> InRange(string prefix)
    {
        using var rows = Prepare($"SELECT {NameRow.Columns} FROM names WHERE name >= $1 AND name < CAST($2 AS TEXT)").Query(prefix, NameRow.EndOf(prefix));
        while (rows.Read())
            yield return NameRow.Read(rows, _kind);
    }

    /// <summary>Steps over the names below a folder with one step, so that a page costs as much as it shows.</summary>
    private NamePage ListByName(NameQuery query)
    {
        var names = new List<NamedBlob>();
        var folders = new List<string>();
        var range = NameRange.Of(query);
        while (true)
        {
            using var rows = Prepare(range.Sql(NameRow.Columns)).Query(range.From, range.To, query.Limit - names.Count - folders.Count + 1);
            string? folder = null;
            while (folder is null && rows.Read())
            {
                var row = NameRow.Read(rows, _kind);
                if (names.Count + folders.Count == query.Limit)
                    return new NamePage(names, folders, range.Last);
                folder = query.ByFolder ? FolderBelow(row.Blob.Name.Text, query.Prefix) : null;
                if (folder is null)
                {
                    names.Add(row.Blob);
                    range.Last = row.Blob.Name.Text;
                }
            }

            if (folder is null)
                return new NamePage(names, folders, null);
            folders.Add(folder);
            range.StepOver(folder);
        }
    }

    /// <summary>A page of one folder: its folders by name, and then its names by time or size.</summary>
    private NamePage ListFolder(NameQuery query)
    {
        var cursor = query.After is null ? null : NameCursor.Parse(query.After);
        var folders = new List<string>();
        if (cursor is null or { Folder: not null })
        {
            foreach (var folder in FoldersBelow(query, cursor?.Folder))
            {
                if (folders.Count == query.Limit)
                    return new NamePage([], folders, NameCursor.Of(folders[^1]).ToString());
                folders.Add(folder);
            }
        }

        var names = new List<NameRow>();
        foreach (var row in NamesBelow(query, cursor is { Folder: null } ? cursor : null))
        {
            if (folders.Count + names.Count == query.Limit)
            {
                var next = names.Count > 0 ? new NameCursor(KeyOf(names[^1], query.Order).Value, names[^1].Id) : NameCursor.Of(folders[^1]);
                return new NamePage([.. names.Select(name => name.Blob)], folders, next.ToString());
            }

            names.Add(row);
        }

        return new NamePage([.. names.Select(name => name.Blob)], folders, null);
    }

    private IEnumerable<string> FoldersBelow(NameQuery query, string? after)
    {
        var (compare, order) = query.Descending ? ("<", "DESC") : (">=", "ASC");
        var find = Prepare($"SELECT path FROM folders WHERE path {compare} CAST($1 AS TEXT) ORDER BY path {order} LIMIT 1");
        var isUsed = Prepare("SELECT 1 FROM names WHERE name > $1 AND name < CAST($2 AS TEXT) LIMIT 1");
        var from = after is null
            ? query.Descending ? NameRow.EndOf(query.Prefix) : Encoding.UTF8.GetBytes(query.Prefix)
            : query.Descending ? Encoding.UTF8.GetBytes(after) : NameRow.EndOf(after);
        while (find.Scalar(from) is string path && path.StartsWith(query.Prefix, StringComparison.Ordinal))
        {
            // The folder of the prefix itself comes first, or last.
            var folder = FolderBelow(path, query.Prefix);
            from = query.Descending ? Encoding.UTF8.GetBytes(folder ?? path) : NameRow.EndOf(folder ?? path);
            if (folder is null)
            {
                if (query.Descending)
                    yield break;
                from = [.. Encoding.UTF8.GetBytes(path), 0];
            }
            else if (isUsed.Scalar(folder, NameRow.EndOf(folder)) is not null) // a folder stays in the table after its last name
            {
                yield return folder;
            }
        }
    }

    private IEnumerable<NameRow> NamesBelow(NameQuery query, NameCursor? after)
    {
        var folder = query.Prefix[..(query.Prefix.LastIndexOf('/') + 1)];
        var column = query.Order == NameOrder.Size ? "size" : "modified";
        var (compare, order, start) = query.Descending ? ("<", "DESC", long.MaxValue) : (">", "ASC", long.MinValue);
        using var rows = Prepare($"SELECT {NameRow.Columns} FROM names WHERE folder = (SELECT id FROM folders WHERE path = $1)"
            + $" AND ({column}, id) {compare} ($2, $3) ORDER BY {column} {order}, id {order}").Query(folder, after?.Value ?? start, after?.Id ?? start);
        while (rows.Read())
        {
            var row = NameRow.Read(rows, _kind);
            if (row.Blob.Name.Text.StartsWith(query.Prefix, StringComparison.Ordinal))
                yield return row;
        }
    }

    /// <summary>The folder that a name is shown as; null if it lies in the folder of the prefix itself.</summary>
    private static string? FolderBelow(string name, string prefix) =>
        name.IndexOf('/', prefix.Length) is var slash and >= 0 ? name[..(slash + 1)] : null;
}

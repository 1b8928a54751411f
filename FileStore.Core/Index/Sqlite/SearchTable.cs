using Microsoft.Data.Sqlite;

namespace FileStore.Core.Index.Sqlite;

/// <summary>The trigrams of the names, for searches. Used by the writer's thread.</summary>
internal sealed class SearchTable
{
    private readonly Statement _rows, _insert, _advance, _upTo;

    internal SearchTable(SqliteConnection connection)
    {
        _rows = new Statement(connection, "SELECT id, name FROM names WHERE id > $1 ORDER BY id LIMIT $2");
        _insert = new Statement(connection, "INSERT INTO search(rowid, name) VALUES ($1, $2)");
        _advance = new Statement(connection, "UPDATE searchable SET up_to = $1");
        _upTo = new Statement(connection, "SELECT up_to FROM searchable");
        UpTo = (long)_upTo.Scalar()!;
    }

    /// <summary>The key of the last name that is in the table.</summary>
    internal long UpTo { get; private set; }

    /// <summary>Adds the next names, in a transaction of the caller.</summary>
    /// <param name="limit">The most names.</param>
    /// <returns>Whether more names may follow.</returns>
    internal bool Add(int limit)
    {
        UpTo = (long)_upTo.Scalar()!; // the last time may not have been committed
        var names = new List<(long Id, string Name)>();
        using (var rows = _rows.Query(UpTo, limit))
        {
            while (rows.Read())
                names.Add((rows.GetInt64(0), NameSearch.Fold(rows.GetString(1))));
        }

        if (names.Count == 0)
            return false;
        foreach (var (id, name) in names)
            _insert.Execute(id, name);
        _advance.Execute(names[^1].Id);
        UpTo = names[^1].Id;
        return names.Count == limit;
    }
}

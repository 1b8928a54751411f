using System.Text;

namespace FileStore.Core.Index.Sqlite;

/// <summary>
/// Looks at names in their order, and takes those that fit. A page ends when it is full or when enough names were looked at,
/// so that a question costs no more than that however few fit.
/// </summary>
internal static class NameScan
{
    private const int MaxByName = 250_000; // read from the index alone
    private const int MaxByTime = 100_000; // each has to be looked up

    /// <summary>A page in order of name.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="query">The question.</param>
    /// <param name="fits">Whether a name, in UTF-8, is one of the page.</param>
    internal static NamePage ByName(NameReader reader, NameQuery query, Predicate<ReadOnlySpan<byte>> fits)
    {
        var range = NameRange.Of(query with { ByFolder = false });
        var found = new List<NamedBlob>();
        var scanned = 0;
        using var rows = reader.Prepare(range.Sql(columns: "id, name")).Query(range.From, range.To, MaxByName + 1);
        while (rows.Read())
        {
            if (found.Count == query.Limit || scanned++ == MaxByName)
                return new NamePage(found, [], range.Last);
            var name = SQLitePCL.raw.sqlite3_column_blob(rows.Handle, 1);
            if (fits(name))
                found.Add(RowOf(reader, rows.GetInt64(0)).Blob);
            if (found.Count == query.Limit || scanned == MaxByName)
                range.Last = Encoding.UTF8.GetString(name);
        }

        return new NamePage(found, [], null);
    }

    /// <summary>A page in order of time.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="query">The question.</param>
    /// <param name="fits">Whether a name, in UTF-8, is one of the page.</param>
    internal static NamePage ByTime(NameReader reader, NameQuery query, Predicate<ReadOnlySpan<byte>> fits)
    {
        var (compare, order, start) = query.Descending ? ("<", "DESC", long.MaxValue) : (">", "ASC", long.MinValue);
        var last = query.After is null ? new NameCursor(start, start) : NameCursor.Parse(query.After);
        var prefix = Encoding.UTF8.GetBytes(query.Prefix);
        var found = new List<NamedBlob>();
        var scanned = 0;
        using var rows = reader.Prepare($"SELECT id, name, modified FROM names WHERE (modified, id) {compare} ($1, $2) ORDER BY modified {order}, id {order}")
            .Query(last.Value, last.Id);
        while (rows.Read())
        {
            if (found.Count == query.Limit || scanned++ == MaxByTime)
                return new NamePage(found, [], last.ToString());
            var name = SQLitePCL.raw.sqlite3_column_blob(rows.Handle, 1);
            last = new NameCursor(rows.GetInt64(2), rows.GetInt64(0));
            if (name.StartsWith(prefix) && fits(name))
                found.Add(RowOf(reader, last.Id).Blob);
        }

        return new NamePage(found, [], null);
    }

    /// <summary>All names that fit, in no order.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="query">The question.</param>
    /// <param name="fits">Whether a name, in UTF-8, is one of them.</param>
    /// <exception cref="NameQueryException">There are too many names to look at each.</exception>
    internal static List<NameRow> All(NameReader reader, NameQuery query, Predicate<ReadOnlySpan<byte>> fits)
    {
        var range = NameRange.Of(new NameQuery { Prefix = query.Prefix });
        var found = new List<NameRow>();
        var scanned = 0;
        using var rows = reader.Prepare(range.Sql(columns: "id, name")).Query(range.From, range.To, MaxByName + 1);
        while (rows.Read())
        {
            if (scanned++ == MaxByName)
                throw new NameQueryException("too many names may hold this text to sort them by size: search for a longer text, give a prefix, or sort by name");
            if (fits(SQLitePCL.raw.sqlite3_column_blob(rows.Handle, 1)))
                found.Add(RowOf(reader, rows.GetInt64(0)));
        }

        return found;
    }

    private static NameRow RowOf(NameReader reader, long id)
    {
        using var rows = reader.Prepare($"SELECT {NameRow.Columns} FROM names WHERE id = $1").Query(id);
        rows.Read();
        return reader.Read(rows);
    }
}

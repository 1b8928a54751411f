using System.Text;

namespace FileStore.Core.Index.Sqlite;

/// <summary>The part of the names that is left to list, in order of name. It moves on as names are listed.</summary>
internal sealed class NameRange
{
    private readonly bool _descending;
    private readonly bool _byFolder;

    private NameRange(bool descending, bool byFolder) => (_descending, _byFolder) = (descending, byFolder);

    /// <summary>Selects the names from <see cref="From"/> on, and before <see cref="To"/>: its parameters, with a limit.</summary>
    internal string Sql(string columns) => $"SELECT {columns} FROM names WHERE name >= CAST($1 AS TEXT) AND name < CAST($2 AS TEXT) "
        + $"ORDER BY name {(_descending ? "DESC" : "ASC")} LIMIT $3";

    internal byte[] From { get; private set; } = [];

    internal byte[] To { get; private set; } = [];

    /// <summary>The last name or folder that was listed; null if there is none.</summary>
    internal string? Last { get; set; }

    internal static NameRange Of(NameQuery query)
    {
        var range = new NameRange(query.Descending, query.ByFolder) { From = Encoding.UTF8.GetBytes(query.Prefix), To = NameRow.EndOf(query.Prefix) };
        if (query.After is { } after)
            range.StepOver(after);
        return range;
    }

    /// <summary>Goes on after a name or, with all names in it, a folder.</summary>
    internal void StepOver(string name)
    {
        Last = name;
        var bytes = Encoding.UTF8.GetBytes(name);
        if (_descending)
            To = Compare(bytes, To) < 0 ? bytes : To;
        else if ((_byFolder && name.EndsWith('/') ? NameRow.EndOf(name) : [.. bytes, 0]) is var next && Compare(next, From) > 0) // no name holds a NUL
            From = next;
    }

    private static int Compare(byte[] one, byte[] other) => one.AsSpan().SequenceCompareTo(other);
}

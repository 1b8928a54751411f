using System.Runtime.CompilerServices;
using System.Text;

namespace FileStore.Core.Index.Sqlite;

/// <summary>
/// Finds names by a text in them, in any case and any script. The trigrams of the text lead to the names that may hold it;
/// names that are not in that table yet, and all names if the text is short or frequent, are looked at one by one.
/// </summary>
/// <param name="reader">The reader, in a transaction.</param>
/// <param name="query">The question.</param>
/// <param name="text">The text, in NFC.</param>
internal sealed class NameSearch(NameReader reader, NameQuery query, string text)
{
    private const int MaxCandidates = 20_000; // of which reading takes 50 ms

    private readonly string _folded = Fold(text);

    /// <summary>Text in upper case, as it is compared.</summary>
    internal static string Fold(string text) => text.ToUpperInvariant();

    internal NamePage Find()
    {
        var runes = _folded.EnumerateRunes().Select(rune => rune.ToString()).ToList();
        if (runes.Count >= 3 && Candidates(runes) is { } candidates)
        {
            return query.Order == NameOrder.Name
                ? Page(candidates.OrderBy(row => Encoding.UTF8.GetBytes(row.Blob.Name.Text), ByBytes))
                : NameReader.ListSorted(query, candidates);
        }

        return query.Order switch
        {
            NameOrder.Name => NameScan.ByName(reader, query, Fits),
            NameOrder.Modified => NameScan.ByTime(reader, query, Fits),
            _ => NameReader.ListSorted(query, NameScan.All(reader, query, Fits)),
        };
    }

    private static Comparer<byte[]> ByBytes => Comparer<byte[]>.Create((one, other) => one.AsSpan().SequenceCompareTo(other));

    /// <summary>The names that hold the text; null if they are too many to be sorted.</summary>
    private List<NameRow>? Candidates(List<string> runes)
    {
        var trigrams = Enumerable.Range(0, runes.Count - 2)
            .Select(i => $"\"{string.Concat(runes.Skip(i).Take(3)).Replace("\"", "\"\"", StringComparison.Ordinal)}\"").Distinct();
        var found = new List<NameRow>();
        var seen = 0;
        using (var rows = reader.Prepare($"SELECT {NameRow.Columns} FROM names WHERE id IN (SELECT rowid FROM search WHERE search MATCH $1 LIMIT {MaxCandidates + 1})")
            .Query(string.Join(" AND ", trigrams)))
        {
            while (rows.Read())
            {
                if (++seen > MaxCandidates)
                    return null;
                AddIfFits(reader.Read(rows));
            }
        }

        using var tail = reader.Prepare($"SELECT {NameRow.Columns} FROM names WHERE id > (SELECT up_to FROM searchable)").Query();
        while (tail.Read())
        {
            if (Fits(SQLitePCL.raw.sqlite3_column_blob(tail.Handle, 1)))
                AddIfFits(reader.Read(tail));
        }

        return found;

        void AddIfFits(NameRow row)
        {
            var name = row.Blob.Name.Text;
            if (name.StartsWith(query.Prefix, StringComparison.Ordinal) && Fold(name).Contains(_folded, StringComparison.Ordinal))
                found.Add(row);
        }
    }

    private NamePage Page(IEnumerable<NameRow> sorted)
    {
        var after = query.After is null ? null : Encoding.UTF8.GetBytes(query.After);
        bool IsLeft(NameRow row) => after is null || ByBytes.Compare(Encoding.UTF8.GetBytes(row.Blob.Name.Text), after) is var order && (query.Descending ? order < 0 : order > 0);
        var page = (query.Descending ? sorted.Reverse() : sorted).Where(IsLeft).Take(query.Limit + 1).Select(row => row.Blob).ToList();
        return page.Count <= query.Limit ? new NamePage(page, [], null) : new NamePage(page[..query.Limit], [], page[query.Limit - 1].Name.Text);
    }

    [SkipLocalsInit]
    private bool Fits(ReadOnlySpan<byte> name)
    {
        if (name.Length > BlobName.MaxBytes)
            return false; // the row is damaged
        Span<char> characters = stackalloc char[BlobName.MaxBytes];
        Span<char> folded = stackalloc char[BlobName.MaxBytes];
        var length = Encoding.UTF8.GetChars(name, characters);
        length = characters[..length].ToUpperInvariant(folded);
        return folded[..length].Contains(_folded, StringComparison.Ordinal);
    }
}

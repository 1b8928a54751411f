using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FileStore.Core.Index.Sqlite;

/// <summary>Where a page by time or size ended: at a folder, or at a name, by the value that it is ordered by and the key of its row.</summary>
internal sealed record NameCursor(long Value, long Id)
{
    /// <summary>The last folder of the page; null if a name came after it.</summary>
    internal string? Folder { get; private init; }

    internal static NameCursor Of(string folder) => new(0, 0) { Folder = folder };

    /// <exception cref="NameQueryException">It is none.</exception>
    internal static NameCursor Parse(string text)
    {
        if (!Base64Url.IsValid(text))
            throw NoCursor();
        var decoded = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));
        if (decoded.StartsWith('/'))
            return Of(decoded[1..]);
        var parts = decoded.Split(' ');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new NameCursor(value, id)
            : throw NoCursor();
    }

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        Folder is null ? string.Create(CultureInfo.InvariantCulture, $"{Value} {Id}") : $"/{Folder}"));

    private static NameQueryException NoCursor() => new("the parameter after should be the value of next of the page before, in the same order");
}

using System.Globalization;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>A requested range of a file.</summary>
/// <param name="Offset">Its offset in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct ByteRange(long Offset, long Length)
{
    private const string Unit = "bytes=";

    /// <summary>
    /// Parses a Range header (RFC 9110, 14.1.2 and 14.2). Null if the header is to be ignored: it is missing or malformed,
    /// has another unit or several ranges, or asks for the last bytes of an empty file. A range of length 0 cannot be
    /// satisfied.
    /// </summary>
    internal static ByteRange? Parse(string? header, long fileLength)
    {
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return null;
        var range = header.AsSpan(Unit.Length).Trim(" \t,"); // lists may have empty elements (RFC 9110, 5.6.1)
        var dash = range.IndexOf('-');
        if (dash < 0 || range.Length == 1 || HasNonDigits(range[..dash]) || HasNonDigits(range[(dash + 1)..]))
            return null;

        var first = range[..dash].TrimStart('0');
        var last = range[(dash + 1)..].TrimStart('0');
        if (dash == 0)
            return LastBytes(ParseNumber(last), fileLength);
        var isOpen = dash == range.Length - 1;
        if (!isOpen && IsLess(last, first))
            return null;
        var offset = ParseNumber(first);
        if (offset >= fileLength)
            return new ByteRange(offset, 0);
        return new ByteRange(offset, (isOpen ? fileLength : Math.Min(ParseNumber(last), fileLength - 1) + 1) - offset);
    }

    private static ByteRange? LastBytes(long count, long fileLength) =>
        count > 0 && fileLength == 0 ? null : new ByteRange(fileLength - Math.Min(count, fileLength), Math.Min(count, fileLength));

    private static bool HasNonDigits(ReadOnlySpan<char> digits) => digits.ContainsAnyExceptInRange('0', '9');

    /// <summary>The value of digits without leading zeros, or the largest long if it is larger.</summary>
    private static long ParseNumber(ReadOnlySpan<char> digits) => digits.IsEmpty ? 0
        : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : long.MaxValue;

    /// <summary>Compares two numbers of any length without leading zeros.</summary>
    private static bool IsLess(ReadOnlySpan<char> number, ReadOnlySpan<char> than) =>
        number.Length != than.Length ? number.Length < than.Length : number.SequenceCompareTo(than) < 0;
}

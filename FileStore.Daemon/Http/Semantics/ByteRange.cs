using System.Globalization;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The part of a file that a request asks for.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct ByteRange(long Offset, long Length)
{
    private const string Unit = "bytes=";

    /// <summary>
    /// Judges a Range field (RFC 9110, 14.1.2 and 14.2). Null where it is to be ignored: absent, malformed, another unit,
    /// several ranges, or the last bytes of an empty file, which are the whole of it and have no Content-Range. A range of
    /// length 0 stands for one that cannot be satisfied.
    /// </summary>
    internal static ByteRange? Parse(string? header, long fileLength)
    {
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
            return null;
        var range = header.AsSpan(Unit.Length).Trim(" \t,"); // a list may have empty elements (RFC 9110, 5.6.1)
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

    /// <summary>The value of digits that have no zeros in front; the largest there is if it is larger.</summary>
    private static long ParseNumber(ReadOnlySpan<char> digits) => digits.IsEmpty ? 0
        : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : long.MaxValue;

    /// <summary>Compares two numbers of any length that have no zeros in front.</summary>
    private static bool IsLess(ReadOnlySpan<char> number, ReadOnlySpan<char> than) =>
        number.Length != than.Length ? number.Length < than.Length : number.SequenceCompareTo(than) < 0;
}

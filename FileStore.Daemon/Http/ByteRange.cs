using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http;

/// <summary>The part of a file that a request asks for.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>
    /// Judges a Range field (RFC 9110, 14.2). Null where it is to be ignored: absent, malformed, another unit, or several
    /// ranges. A range of length 0 stands for one that cannot be satisfied.
    /// </summary>
    internal static ByteRange? Parse(string? field, long fileLength)
    {
        if (field is null
            || !RangeHeaderValue.TryParse(field, out var parsed)
            || !parsed.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase)
            || parsed.Ranges.Count != 1)
            return null;

        var range = parsed.Ranges.First();
        if (range.From is not { } first)
        {
            var suffix = Math.Min(range.To ?? 0, fileLength);
            return new ByteRange(fileLength - suffix, suffix);
        }

        if (first >= fileLength)
            return new ByteRange(first, 0);
        var last = Math.Min(range.To ?? long.MaxValue, fileLength - 1);
        return new ByteRange(first, last - first + 1);
    }
}

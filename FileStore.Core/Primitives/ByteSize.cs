using System.Globalization;

namespace FileStore.Core.Primitives;

/// <summary>Byte counts in human-readable form: <c>131072</c>, <c>500MB</c>, <c>2GiB</c>.</summary>
public static class ByteSize
{
    private static readonly (string Unit, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("B", 1), ("", 1),
    ];

    /// <summary>
    /// Parses a whole number of bytes with an optional unit, case-insensitively. KB, MB, GB and TB are powers of 1000; KiB,
    /// MiB, GiB and TiB powers of 1024. False for fractions, signs, and values that exceed a <see cref="long"/>.
    /// </summary>
    public static bool TryParse(string text, out long bytes)
    {
        var trimmed = text.AsSpan().Trim();
        foreach (var (unit, factor) in Units)
        {
            if (!trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            var number = trimmed[..^unit.Length].TrimEnd();
            if (number.Contains('\0') // TryParse accepts trailing NULs
                || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                || count > long.MaxValue / factor)
                break;
            bytes = count * factor;
            return true;
        }

        bytes = 0;
        return false;
    }
}

using System.Globalization;

namespace FileStore.Daemon.Http;

/// <summary>Numbers of HTTP: digits and nothing else, as many as a client likes.</summary>
internal static class Digits
{
    /// <summary>Reads a number. One that is larger than any file becomes the largest there is (RFC 9110, 8.6).</summary>
    /// <param name="digits">Digits alone; none at all are 0.</param>
    internal static long Value(ReadOnlySpan<char> digits)
    {
        var significant = digits.TrimStart('0');
        return significant.IsEmpty ? 0
            : long.TryParse(significant, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
            : long.MaxValue;
    }

    /// <summary>Whether a text is digits and nothing else.</summary>
    internal static bool AreAll(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');
}

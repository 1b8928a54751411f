using System.Globalization;
using System.Text;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Characters that make a name look like another one.</summary>
internal static class DeceptiveText
{
    /// <summary>
    /// Whether a character controls a terminal, breaks a line, or changes its direction. Other invisible characters belong
    /// to words, numbers and emoji, and do not count.
    /// </summary>
    internal static bool IsDeceptive(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069),
        _ => false,
    };
}

using System.Globalization;
using System.Text;

namespace FileStore.Daemon.Http;

/// <summary>Characters that make a name look like another one.</summary>
internal static class DeceptiveText
{
    /// <summary>
    /// Whether a character controls a terminal, breaks or turns a line of text, or is invisible without need. Joiners,
    /// the soft hyphen, and the marks that stand before Arabic numbers belong to words, and do not count.
    /// </summary>
    internal static bool IsDeceptive(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (0x00AD or 0x200C or 0x200D or (>= 0x0600 and <= 0x0605) or 0x06DD or 0x08E2 or 0x110BD or 0x110CD),
        _ => false,
    };
}

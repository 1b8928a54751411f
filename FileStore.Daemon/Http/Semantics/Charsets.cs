using System.Text;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Charsets of text from others.</summary>
internal static class Charsets
{
    private static readonly Encoding Windows1252 =
        CodePagesEncodingProvider.Instance.GetEncoding(1252, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("_"))!;

    static Charsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Finds the encoding of a charset. It throws on invalid bytes.</summary>
    /// <param name="charset">
    /// The name, case-insensitive. <c>utf8</c> is accepted for <c>utf-8</c>, since many clients write it.
    /// </param>
    /// <returns>The encoding; null if the charset is unknown.</returns>
    internal static Encoding? Of(string charset)
    {
        try
        {
            return Encoding.GetEncoding(charset.Equals("utf8", StringComparison.OrdinalIgnoreCase) ? "utf-8" : charset,
                EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Decodes windows-1252, which is what software means by Latin-1 (WHATWG Encoding). The five undefined bytes become
    /// <c>_</c>, so that no byte from 0x80 on is a control character.
    /// </summary>
    internal static string Western(ReadOnlySpan<byte> bytes) => WithoutControls(Windows1252.GetString(bytes));

    /// <summary>Replaces each control character from U+0080 on by <c>_</c>.</summary>
    internal static string WithoutControls(string text) => string.Concat(text.Select(character => character is >= '\u0080' and <= '\u009F' ? '_' : character));
}

using System.Text;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The charsets of texts that others have encoded.</summary>
internal static class Charsets
{
    private static readonly Encoding Windows1252 =
        CodePagesEncodingProvider.Instance.GetEncoding(1252, EncoderFallback.ReplacementFallback, new DecoderReplacementFallback("_"))!;

    static Charsets() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The encoding of a charset, which throws where bytes are none of its text.</summary>
    /// <param name="charset">Its name, without regard to case; <c>utf8</c> counts as <c>utf-8</c>, since many clients write it.</param>
    /// <returns>Null if it is not known.</returns>
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
    /// Bytes as windows-1252, which is what software means by Latin-1 (WHATWG Encoding). The five bytes that it does not
    /// define become <c>_</c>, so that no byte from 0x80 on is a control character.
    /// </summary>
    internal static string Western(ReadOnlySpan<byte> bytes) => WithoutControls(Windows1252.GetString(bytes));

    /// <summary>A text with <c>_</c> in the place of each control character from U+0080 on.</summary>
    internal static string WithoutControls(string text) => string.Concat(text.Select(character => character is >= '\u0080' and <= '\u009F' ? '_' : character));
}

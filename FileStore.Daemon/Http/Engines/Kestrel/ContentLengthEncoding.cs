using System.Text;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Decodes the Content-Length header for Kestrel. Kestrel's number parser accepts a sign, various spaces and NULs, which
/// other servers may interpret differently; this leaves nothing but digits.
/// </summary>
internal sealed class ContentLengthEncoding : Encoding
{
    internal static readonly ContentLengthEncoding Strict = new();

    private ContentLengthEncoding()
    {
    }

    /// <summary>Decodes as many digits as fit, which is one more than any length has.</summary>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        var count = Math.Min(bytes.Length, chars.Length);
        for (var i = 0; i < count; i++)
            chars[i] = char.IsAsciiDigit((char)bytes[i]) ? (char)bytes[i] : '?';
        return count;
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetMaxCharCount(int byteCount) => byteCount;

    public override int GetByteCount(char[] chars, int index, int count) => throw new NotSupportedException("it reads");

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => throw new NotSupportedException("it reads");

    public override int GetMaxByteCount(int charCount) => charCount;
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace FileStore.Daemon.Http;

/// <summary>
/// Text in JSON as it is: only what RFC 8259 (section 7) wants escaped is. The library's own relaxed encoder escapes what
/// lies beyond the Basic Multilingual Plane. (Our answers are never sniffed as HTML.)
/// </summary>
internal sealed unsafe class JsonText : JavaScriptEncoder
{
    internal static readonly JavaScriptEncoder Plain = new JsonText();

    private JsonText()
    {
    }

    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\' or 0x7F;

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var characters = new ReadOnlySpan<char>(text, textLength);
        for (var i = 0; i < characters.Length;)
        {
            if (Rune.DecodeFromUtf16(characters[i..], out var rune, out var length) != OperationStatus.Done || WillEncode(rune.Value))
                return i;
            i += length;
        }

        return -1;
    }

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
}

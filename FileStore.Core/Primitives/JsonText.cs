using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FileStore.Core.Primitives;

/// <summary>
/// Encodes JSON with the minimum of escapes (RFC 8259, section 7). The library's relaxed encoder also escapes everything
/// beyond the Basic Multilingual Plane. Not for JSON that is embedded in HTML.
/// </summary>
public sealed unsafe class JsonText : JavaScriptEncoder
{
    /// <summary>The only instance.</summary>
    public static readonly JavaScriptEncoder Plain = new JsonText();

    /// <summary>Describes a syntax error for people: <c>is not JSON, in line 3: …</c></summary>
    public static string Fault(JsonException e) => $"is not JSON, in line {e.LineNumber + 1}: {Reason(e.Message)}";

    /// <summary>
    /// The library's reason. For an invalid literal it quotes the rest of the text, which may hold secrets and is cut out.
    /// </summary>
    private static string Reason(string message)
    {
        const string literal = "' is an invalid JSON literal.";
        var reason = message[..(message.LastIndexOf(" LineNumber:", StringComparison.Ordinal) is var end and >= 0 ? end : message.Length)];
        return reason.LastIndexOf(literal, StringComparison.Ordinal) is var start and >= 0 ? $"invalid JSON literal.{reason[(start + literal.Length)..]}" : reason;
    }

    private JsonText()
    {
    }

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < ' ' or '"' or '\\' or 0x7F;

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
}

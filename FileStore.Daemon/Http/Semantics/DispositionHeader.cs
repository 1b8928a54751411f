using System.Text;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>
/// A received Content-Disposition (RFC 2183, 6266, 7578). In quoted values only <c>\"</c> and <c>\\</c> are escapes, since
/// browsers send backslashes unescaped. Parameter names are case-insensitive.
/// </summary>
internal sealed class DispositionHeader
{
    private readonly Dictionary<string, string> _parameters = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _text;
    private readonly bool _hasEscapes;
    private int _position;

    private DispositionHeader(string text, bool hasEscapes) => (_text, _hasEscapes) = (text, hasEscapes);

    /// <summary>The disposition type.</summary>
    internal string Type { get; private set; } = "";

    /// <summary>The value of a parameter without quotes; null if it is missing.</summary>
    internal string? this[string name] => _parameters.GetValueOrDefault(name);

    /// <summary>
    /// Whether it has a file name in an unsupported form, such as the continuations of RFC 2231 (<c>filename*0</c>).
    /// </summary>
    internal bool HasUnreadFileName => _parameters.Keys.Any(name => name.StartsWith("filename", StringComparison.OrdinalIgnoreCase)
        && name["filename".Length..] is not ("" or "*"));

    /// <summary>
    /// The file names, best first: <c>filename*</c> if it can be decoded, then <c>filename</c>. Some clients send a whole
    /// path, so only the last segment is used; an empty one is left out.
    /// </summary>
    /// <param name="isForm">
    /// Whether it belongs to a form, where browsers send <c>"</c>, CR and LF as <c>%22</c>, <c>%0D</c> and <c>%0A</c>.
    /// </param>
    internal IEnumerable<string> FileNames(bool isForm)
    {
        if (this["filename*"] is { } encoded && PlainName(Decode(encoded)) is { } decoded)
            yield return decoded;
        if (PlainName(isForm ? FormText(this["filename"]) : this["filename"]) is { } name)
            yield return name;
    }

    /// <summary>The file name of a form's part with its directories; null if it has none, or an empty one.</summary>
    internal string? FilePath => this["filename*"] is { } encoded && Decode(encoded) is { Length: > 0 } decoded ? decoded
        : FormText(this["filename"]) is { Length: > 0 } text ? text : null;

    /// <summary>Undoes the escapes of form data (WHATWG HTML, "multipart/form-data encoding algorithm").</summary>
    internal static string? FormText(string? text) => text?.Replace("%22", "\"", StringComparison.Ordinal)
        .Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase).Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase);

    /// <summary>The last segment of a path, with either separator; null if it is empty.</summary>
    internal static string? PlainName(string? path) => path?[(path.LastIndexOfAny(['/', '\\']) + 1)..] is { Length: > 0 } name ? name : null;

    /// <summary>Decodes a header: UTF-8, or else windows-1252.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Charsets.Western(bytes);

    /// <summary>The same for a header that was decoded as Latin-1.</summary>
    internal static string Text(string latin1) => latin1.All(char.IsAscii) ? latin1 : Text(Encoding.Latin1.GetBytes(latin1));

    /// <summary>Parses a header.</summary>
    /// <returns>The header; null if it is malformed or repeats a parameter.</returns>
    internal static DispositionHeader? Parse(string? text) => Parse(text ?? "", hasEscapes: true)
        ?? Parse(text ?? "", hasEscapes: false); // browsers send values that end with a backslash

    private static DispositionHeader? Parse(string text, bool hasEscapes)
    {
        var header = new DispositionHeader(text, hasEscapes);
        return header.TryRead() ? header : null;
    }

    private bool TryRead()
    {
        SkipSpace();
        Type = Token();
        if (Type.Length == 0)
            return false;
        while (true)
        {
            SkipSpace();
            if (_position == _text.Length)
                return true;
            if (_text[_position++] != ';')
                return false;
            SkipSpace();
            var name = Token();
            if (name.Length == 0 && (_position == _text.Length || _text[_position] == ';'))
                continue; // an extra semicolon
            SkipSpace();
            if (name.Length == 0 || _position == _text.Length || _text[_position++] != '=')
                return false;
            SkipSpace();
            if (Value() is not { } value || !_parameters.TryAdd(name, value))
                return false;
        }
    }

    private void SkipSpace()
    {
        while (_position < _text.Length && _text[_position] is ' ' or '\t')
            _position++;
    }

    private string Token()
    {
        var rest = _text.AsSpan(_position);
        var length = rest.IndexOfAnyExcept(HeadRules.TokenCharacters) is var end and >= 0 ? end : rest.Length;
        _position += length;
        return rest[..length].ToString();
    }

    /// <summary>Reads a quoted value, or an unquoted one up to the next semicolon. Null if quotes are misplaced.</summary>
    private string? Value()
    {
        if (_position < _text.Length && _text[_position] == '"')
            return QuotedValue();
        var end = _text.IndexOf(';', _position) is var found and >= 0 ? found : _text.Length;
        var value = _text[_position..end].TrimEnd(' ', '\t');
        _position = end;
        return value.Contains('"') ? null : value;
    }

    private string? QuotedValue()
    {
        var value = new StringBuilder();
        for (_position++; _position < _text.Length; _position++)
        {
            var character = _text[_position];
            if (character == '"')
            {
                _position++;
                return value.ToString();
            }

            if (_hasEscapes && character == '\\' && _position + 1 < _text.Length && _text[_position + 1] is '"' or '\\')
                character = _text[++_position];
            value.Append(character);
        }

        return null;
    }

    /// <summary>Decodes an extended value (RFC 8187): charset, language, percent-encoded bytes. Null if it is invalid.</summary>
    private static string? Decode(string encoded)
    {
        if (encoded.Split('\'', 3) is not [var charset, _, var text] || !text.All(char.IsAscii) || Charsets.Of(charset) is not { } encoding)
            return null;
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
                bytes.Add((byte)text[i]);
            else if (i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
                bytes.Add(Convert.ToByte(text.Substring((i += 2) - 1, 2), 16));
            else
                return null;
        }

        try
        {
            return encoding.CodePage == Encoding.Latin1.CodePage ? Charsets.Western([.. bytes])
                : encoding.IsSingleByte ? Charsets.WithoutControls(encoding.GetString([.. bytes]))
                : encoding.GetString([.. bytes]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

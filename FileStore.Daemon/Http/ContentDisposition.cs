using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http;

/// <summary>Names a download (RFC 6266, RFC 8187).</summary>
internal static class ContentDisposition
{
    private const int MaxBytes = 255; // the longest name of a file on Linux
    private const int MaxExtensionBytes = 16;

    /// <summary>
    /// <c>attachment</c> with the name twice, for old clients and for all letters. What could deceive a person or a file
    /// system in a name (separators, control and direction characters) becomes <c>_</c>, and a long one is shortened.
    /// </summary>
    internal static string Attachment(string name)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(SafeName(name));
        return disposition.ToString();
    }

    /// <summary>The file's name that a field gives; null if it gives none, or is malformed.</summary>
    internal static string? FileNameOf(string? field) =>
        ContentDispositionHeaderValue.TryParse(field, out var disposition) && IsDecodable(disposition) ? FileNameOf(disposition) : null;

    /// <summary>The file's name that a field gives; null if it gives none.</summary>
    internal static string? FileNameOf(ContentDispositionHeaderValue disposition) =>
        (disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.UnescapeAsQuotedString(disposition.FileName)).Value;

    /// <summary>Whether the library can read its parameters: it throws where one that is to be decoded is missing.</summary>
    internal static bool IsDecodable(ContentDispositionHeaderValue disposition) =>
        !disposition.Parameters.Any(parameter => parameter.Name.EndsWith("*", StringComparison.Ordinal) && !parameter.Value.HasValue);

    internal static string SafeName(string name)
    {
        var safe = string.Concat(name.EnumerateRunes().Select(rune => IsDeceptive(rune) ? "_" : rune.ToString()));
        var extension = Path.GetExtension(safe);
        if (Encoding.UTF8.GetByteCount(extension) > MaxExtensionBytes)
            extension = "";
        safe = Shortened(safe[..^extension.Length], MaxBytes - Encoding.UTF8.GetByteCount(extension)) + extension;
        return safe.Trim('.', ' ').Length > 0 ? safe : "_";
    }

    private static bool IsDeceptive(Rune rune) => rune.Value is '/' or '\\' or '"' || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Shortened(string text, int maxBytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            maxBytes -= rune.Utf8SequenceLength;
            if (maxBytes < 0)
                break;
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}

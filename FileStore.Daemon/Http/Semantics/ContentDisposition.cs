using System.Text;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Names a download (RFC 6266, RFC 8187).</summary>
internal static class ContentDisposition
{
    private const int MaxBytes = 255; // the longest name of a file on Linux
    private const int MaxExtensionBytes = 16;

    /// <summary>
    /// <c>attachment</c> with the name twice, for old clients and for all letters. What could deceive a person or a file
    /// system in a name (separators, control and direction characters) becomes <c>_</c>, and a long one is shortened.
    /// </summary>
    internal static string Attachment(string name) => Named("attachment", name);

    /// <summary>A header of another server that names a file in raw UTF-8 or windows-1252, as it can be passed on.</summary>
    /// <param name="latin1">The header, one character a byte.</param>
    /// <returns>Null if it cannot be understood.</returns>
    internal static string? ToAscii(string latin1) => DispositionHeader.Parse(DispositionHeader.Text(latin1)) is { } header
        && header.FileNames(isForm: false).FirstOrDefault() is { } name ? Named(header.Type, name) : null;

    private static string Named(string type, string name)
    {
        var disposition = new ContentDispositionHeaderValue(type);
        disposition.SetHttpFileName(SafeName(name));
        return disposition.ToString();
    }

    internal static string SafeName(string name)
    {
        var safe = string.Concat(name.EnumerateRunes().Select(rune => IsUnsafe(rune) ? "_" : rune.ToString()));
        var extension = Path.GetExtension(safe);
        if (Encoding.UTF8.GetByteCount(extension) > MaxExtensionBytes)
            extension = "";
        safe = Shortened(safe[..^extension.Length], MaxBytes - Encoding.UTF8.GetByteCount(extension)) + extension;
        return safe.Trim('.', ' ').Length > 0 ? safe : "_";
    }

    private static bool IsUnsafe(Rune rune) => rune.Value is '/' or '\\' or '"' || DeceptiveText.IsDeceptive(rune);

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

using System.Text;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Names a download (RFC 6266, RFC 8187).</summary>
internal static class ContentDisposition
{
    private const int MaxBytes = 255; // NAME_MAX of Linux
    private const int MaxExtensionBytes = 16;

    /// <summary>
    /// Makes an <c>attachment</c> header with the name in two forms: for old clients, and with all characters. Characters
    /// that could deceive a person or a file system (separators, control and direction characters) become <c>_</c>, and a
    /// long name is shortened.
    /// </summary>
    internal static string Attachment(string name) => Named("attachment", name);

    /// <summary>The same as <c>inline</c>: a browser may show the content.</summary>
    internal static string Inline(string name) => Named("inline", name);

    /// <summary>Converts a header of another server that has a file name in raw UTF-8 or windows-1252.</summary>
    /// <param name="latin1">The header, one character per byte.</param>
    /// <returns>The header in ASCII; null if it is malformed.</returns>
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

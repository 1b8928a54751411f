using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace FileStore.Daemon.Http;

/// <summary>Names a download (RFC 6266, RFC 8187).</summary>
internal static class ContentDisposition
{
    private const int MaxBytes = 255; // the longest name of a file on Linux

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

    internal static string SafeName(string name)
    {
        var safe = new StringBuilder();
        var bytes = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            var replaced = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator || rune.Value is '/' or '\\' or '"' ? (Rune)'_' : rune;
            bytes += replaced.Utf8SequenceLength;
            if (bytes > MaxBytes)
                break;
            safe.Append(replaced);
        }

        return safe.ToString() is { Length: > 0 } text && text.Trim('.', ' ').Length > 0 ? text : "_";
    }
}

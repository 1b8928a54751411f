using System.Diagnostics.CodeAnalysis;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Core.Index;

/// <summary>
/// A name that points at a blob: a path such as <c>reports/2026/Отчёт.pdf</c>. Instances are always valid; callers need not
/// validate them again. Names are ordered by the bytes of their UTF-8.
/// </summary>
public readonly record struct BlobName
{
    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

    /// <summary>The most segments of a name.</summary>
    public const int MaxSegments = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? _text;

    private BlobName(string text) => _text = text;

    /// <summary>The name, normalised to NFC, without a slash at its begin or end.</summary>
    public string Text => _text ?? throw new InvalidOperationException("default(BlobName) has no value");

    /// <summary>The folder that it lies in, with a slash at its end; empty for a name at the top.</summary>
    public string Folder => Text[..(Text.LastIndexOf('/') + 1)];

    /// <summary>What comes after the last slash.</summary>
    public string LastSegment => Text[(Text.LastIndexOf('/') + 1)..];

    /// <summary>Parses a name.</summary>
    /// <param name="text">The name, in any normalisation form.</param>
    /// <param name="name">The name.</param>
    /// <param name="fault">What is wrong with it, to follow "the name": <c>has an empty segment</c>.</param>
    public static bool TryParse(string text, out BlobName name, [NotNullWhen(false)] out string? fault)
    {
        name = default;
        if (text.EndsWith('/'))
        {
            fault = "ends with '/', which means a folder";
            return false;
        }

        if ((fault = FaultOf(text)) is not null)
            return false;
        var normal = UnicodeNormalization.ToNfc(text);
        if (StrictUtf8.GetByteCount(normal) > MaxBytes)
        {
            fault = $"is longer than {MaxBytes} bytes of UTF-8";
            return false;
        }

        name = new BlobName(normal);
        return true;
    }

    /// <summary>Parses a folder: a name with a slash at its end, or nothing, which is the top.</summary>
    /// <param name="text">The folder, in any normalisation form.</param>
    /// <param name="folder">The folder, normalised to NFC, with a slash at its end; empty for the top.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryParseFolder(string text, out string folder, [NotNullWhen(false)] out string? fault)
    {
        (folder, fault) = ("", null);
        if (text.Length == 0)
            return true;
        if (!text.EndsWith('/'))
        {
            fault = "does not end with '/', as a folder does";
            return false;
        }

        if (!TryParse(text[..^1], out var name, out fault))
            return false;
        folder = $"{name.Text}/";
        return true;
    }

    /// <summary>The name's text.</summary>
    public override string ToString() => _text ?? "";

    private static string? FaultOf(string text)
    {
        if (text.Length == 0)
            return "is empty";
        if (text.AsSpan().Count('/') >= MaxSegments)
            return $"has more than {MaxSegments} segments";
        foreach (var range in text.AsSpan().Split('/'))
        {
            switch (text.AsSpan()[range])
            {
                case "":
                    return "has an empty segment: two slashes in a row, or one at its begin";
                case "." or "..":
                    return "has a segment '.' or '..'";
            }
        }

        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune))
                return $"holds the control character U+{rune.Value:X4}";
        }

        return IsUnicode(text) ? null : "is not valid Unicode: it holds half of a surrogate pair";
    }

    private static bool IsUnicode(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            text = text[length..];
        }

        return true;
    }
}

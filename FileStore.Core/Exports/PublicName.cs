using System.Text;

namespace FileStore.Core.Exports;

/// <summary>
/// Names that clients may use, of an export and of a file in one. Each is a single step into a directory. Files of other
/// names are neither listed nor served nor deleted.
/// </summary>
public static class PublicName
{
    private const int MaxBytes = 255; // NAME_MAX

    /// <summary>
    /// Whether clients may use a name. It has 1 to 255 bytes of UTF-8, no separator (neither <c>/</c> nor <c>\</c>), no
    /// control character, and no leading dot, which hides a file or leads out of a directory.
    /// </summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxBytes && name[0] != '.'
        && !name.AsSpan().ContainsAny('/', '\\') && !name.Any(char.IsControl)
        && !name.EnumerateRunes().Contains(Rune.ReplacementChar) // a lone surrogate, or bytes that were not UTF-8
        && Encoding.UTF8.GetByteCount(name) <= MaxBytes;
}

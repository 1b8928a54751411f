using System.Text;

namespace FileStore.Core.Exports;

/// <summary>
/// Names that clients may use: of an export, and of a file in one. Each is a single step into a directory. A file of any
/// other name is neither listed nor served nor deleted.
/// </summary>
public static class PublicName
{
    private const int MaxBytes = 255; // NAME_MAX

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Whether it is one: no separator (a backslash would be one elsewhere), no control character, no dot in front, which
    /// hides files and leads out of directories, and 255 bytes of UTF-8 at most. U+FFFD stands for bytes that are no UTF-8.
    /// </summary>
    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxBytes || name[0] == '.' || name.AsSpan().ContainsAny('/', '\\', '\uFFFD') || name.Any(char.IsControl))
            return false;
        try
        {
            return StrictUtf8.GetByteCount(name) <= MaxBytes;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}

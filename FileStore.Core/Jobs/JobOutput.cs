using System.Text;
using System.Text.Json.Serialization;

namespace FileStore.Core.Jobs;

/// <summary>What a job wrote to one of its output streams.</summary>
/// <param name="Text">The text, as far as the result holds it. Bytes that are not UTF-8 are replaced by U+FFFD.</param>
/// <param name="IsTruncated">Whether the output was longer than a result may hold.</param>
/// <param name="Hash">The blob with the whole output, if it was longer and could be stored.</param>
public sealed record JobOutput(string Text, bool IsTruncated = false, string? Hash = null)
{
    /// <summary>The size of a preview in bytes.</summary>
    public const int PreviewSize = 1024;

    internal static readonly JobOutput Empty = new("");

    /// <summary>Whether <see cref="Text"/> is a preview of a longer text.</summary>
    [JsonPropertyName("is_head")]
    public bool IsPreview { get; init; }

    /// <summary>The same with a preview of the text.</summary>
    internal JobOutput ToPreview()
    {
        if (Encoding.UTF8.GetByteCount(Text) <= PreviewSize)
            return this;
        var bytes = Encoding.UTF8.GetBytes(Text[..Math.Min(Text.Length, PreviewSize)]);
        return this with { Text = Decode(bytes.AsSpan(0, PreviewSize), isCut: true), IsPreview = true };
    }

    /// <summary>Decodes UTF-8. With <paramref name="isCut"/>, an incomplete character at the end is dropped.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes, bool isCut)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var text = new char[decoder.GetCharCount(bytes, flush: !isCut)];
        return new string(text, 0, decoder.GetChars(bytes, text, flush: !isCut));
    }
}

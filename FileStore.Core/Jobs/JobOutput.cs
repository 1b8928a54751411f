using System.Text;
using System.Text.Json.Serialization;

namespace FileStore.Core.Jobs;

/// <summary>What a job wrote to one of its streams.</summary>
/// <param name="Text">Its text, as far as it is kept. Bytes that are no UTF-8 became U+FFFD.</param>
/// <param name="IsTruncated">Whether there was more than a result may hold.</param>
/// <param name="Hash">The blob that holds all of it, if there was more and it could be stored.</param>
public sealed record JobOutput(string Text, bool IsTruncated = false, string? Hash = null)
{
    /// <summary>Bytes of the beginning that lists show.</summary>
    public const int PreviewSize = 1024;

    internal static readonly JobOutput Empty = new("");

    /// <summary>Whether <see cref="Text"/> is only the beginning of what is kept.</summary>
    [JsonPropertyName("is_head")]
    public bool IsPreview { get; init; }

    /// <summary>The same with no more than the beginning of its text.</summary>
    internal JobOutput ToPreview()
    {
        if (Encoding.UTF8.GetByteCount(Text) <= PreviewSize)
            return this;
        var bytes = Encoding.UTF8.GetBytes(Text[..Math.Min(Text.Length, PreviewSize)]);
        return this with { Text = Decode(bytes.AsSpan(0, PreviewSize), isCut: true), IsPreview = true };
    }

    /// <summary>Bytes as text. A character that the cut went through is dropped.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes, bool isCut)
    {
        var decoder = Encoding.UTF8.GetDecoder();
        var text = new char[decoder.GetCharCount(bytes, flush: !isCut)];
        return new string(text, 0, decoder.GetChars(bytes, text, flush: !isCut));
    }
}

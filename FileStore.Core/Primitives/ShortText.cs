namespace FileStore.Core.Primitives;

/// <summary>The beginning of a text.</summary>
internal static class ShortText
{
    /// <summary>At most so many UTF-16 units of a text, none of them half of a character.</summary>
    internal static string Of(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}

namespace FileStore.Core.Primitives;

/// <summary>The beginning of a text that somebody else has written, and that may be of any length.</summary>
public static class ShortText
{
    /// <summary>At most so many UTF-16 units of a text, one or more, none of them half of a character.</summary>
    public static string Of(string text, int max) => text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];

    /// <summary>The same for people, who see by <c>...</c> that there was more.</summary>
    public static string Shown(string text, int max) => text.Length <= max ? text : $"{Of(text, max)}...";
}

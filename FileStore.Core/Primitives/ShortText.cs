namespace FileStore.Core.Primitives;

/// <summary>Shortens text of unlimited length from others.</summary>
public static class ShortText
{
    /// <summary>The first <paramref name="max"/> UTF-16 units of a text, 1 or more, without splitting a surrogate pair.</summary>
    public static string Of(string text, int max) => text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];

    /// <summary>The same for people: <c>...</c> marks text that was cut.</summary>
    public static string Shown(string text, int max) => text.Length <= max ? text : $"{Of(text, max)}...";
}

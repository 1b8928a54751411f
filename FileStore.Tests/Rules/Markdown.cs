using System.Text.RegularExpressions;

namespace FileStore.Tests.Rules;

/// <summary>A document as the rules look at it. In the documents of this repository, a paragraph, an item or a row is one line.</summary>
internal static partial class Markdown
{
    /// <summary>The lines outside of code blocks that are not empty, and each code block as one piece.</summary>
    public static IEnumerable<string> Pieces(string markdown)
    {
        var lines = markdown.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i;
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
                i = Array.FindIndex(lines, i + 1, line => line.TrimEnd() == "```") is var end and >= 0 ? end : lines.Length - 1;
            if (lines[i].Trim().Length > 0)
                yield return string.Join('\n', lines[first..(i + 1)]);
        }
    }

    public static bool IsBlock(string piece) => piece.StartsWith("```", StringComparison.Ordinal);

    /// <summary>What stands between backticks.</summary>
    public static IEnumerable<string> CodeOf(string piece) => Code().Matches(piece).Select(match => match.Value);

    /// <summary>The targets of links, but not of images.</summary>
    public static IEnumerable<string> LinksOf(string piece) => Links(piece).Where(match => match.Groups[1].Length == 0).Select(match => match.Groups[2].Value);

    public static IEnumerable<string> ImagesOf(string piece) => Links(piece).Where(match => match.Groups[1].Length > 0).Select(match => match.Groups[2].Value);

    /// <summary>What a reader reads: the piece without code and links.</summary>
    public static string ProseOf(string piece) => Link().Replace(Code().Replace(piece, " "), " ");

    /// <summary>The anchors that GitHub gives the headings.</summary>
    public static IEnumerable<string> AnchorsOf(string markdown) =>
        from piece in Pieces(markdown)
        where piece.StartsWith('#')
        let title = piece.TrimStart('#').Trim().ToLowerInvariant()
        select NotInAnchors().Replace(title, "").Replace(' ', '-');

    private static MatchCollection Links(string piece) => Link().Matches(Code().Replace(piece, "``"));

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(!?)\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>A link within the documents leads to a file and a heading that exist.</summary>
[TestFixture]
public sealed class DocumentLinksTests
{
    private static IEnumerable<string> Documents() =>
        from path in Directory.GetFiles(Repository.Root, "*.md").Concat(Directory.GetFiles(Path.Join(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
        select Path.GetRelativePath(Repository.Root, path);

    [TestCaseSource(nameof(Documents))]
    public void Every_link_leads_somewhere(string document) => Broken(document, Read(document)).Should().BeEmpty();

    [Test]
    public void The_documents_were_found() => Documents().Should().Contain(["README.md", "README.ru.md", "docs/api.md", "docs/decisions/0001-a-stream-under-httplistener.md"]);

    [TestCase("[a](none.md)")]
    [TestCase("[a](README.md)", Description = "a path starts at the document's folder")]
    [TestCase("[a](api.md#none)")]
    [TestCase("[a](#none)\n\n## Other")]
    [TestCase("![a](none.svg)")]
    public void A_broken_link_would_be_seen(string text) => Broken("docs/operations.md", text).Should().ContainSingle();

    [TestCase("[a](api.md)")]
    [TestCase("[a](api.md#get-fileshash) [b](../README.md#quick-start) [c](decisions/)")]
    [TestCase("[a](#the-two-engines)\n\n## The two engines")]
    [TestCase("[a](#как-это-работает-1)\n\n## Как это работает: 1?")]
    [TestCase("[a](https://example.com/none.md) `[b](none.md)`\n\n```\n[c](none.md)\n```")]
    [TestCase("![a](overview.svg)")]
    public void A_link_that_is_right_would_not_be_held_against_a_document(string text) => Broken("docs/operations.md", text).Should().BeEmpty();

    private static IEnumerable<string> Broken(string document, string text) =>
        from piece in Markdown.Pieces(text)
        where !Markdown.IsBlock(piece)
        from link in Markdown.LinksOf(piece).Concat(Markdown.ImagesOf(piece))
        where !link.Contains("://", StringComparison.Ordinal) && !Exists(document, text, link.Split('#'))
        select $"{document}: {link}";

    private static bool Exists(string document, string text, string[] link)
    {
        var path = Path.Join(Repository.Root, Path.GetDirectoryName(document), link[0]);
        if (link[0].Length > 0 && !Path.Exists(path))
            return false;
        return link.Length == 1 || Markdown.AnchorsOf(link[0].Length > 0 ? File.ReadAllText(path) : text).Contains(link[1]);
    }

    private static string Read(string document) => File.ReadAllText(Path.Join(Repository.Root, document));
}

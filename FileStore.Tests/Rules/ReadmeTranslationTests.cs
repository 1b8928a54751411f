using System.Text.RegularExpressions;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Rules;

/// <summary>The Russian README says what the English one does: both have the same shape, commands, values and links.</summary>
[TestFixture]
public sealed partial class ReadmeTranslationTests
{
    private const string English = """
        # Title

        [Русский](README.ru.md)

        Text with `code` and a [link](docs/api.md#access).

        ![picture](docs/overview.svg)

        ## One

        - item `a`
        - [here](#one)

        | a | b |
        | --- | --- |
        | `x` | y |

        ```console
        $ command
        output
        ```
        """;

    private const string Russian = """
        # Название

        [English](README.md)

        Текст с [ссылкой](docs/api.md#access) и `code`.

        ![рисунок](docs/overview.svg)
        ## Раздел

        - пункт `a`
        - [тут](#раздел)

        | а | б |
        | --- | --- |
        | `x` | у |

        ```console
        $ command
        output
        ```
        """;

    [Test]
    public void The_translation_has_the_same_headings_blocks_tables_images_links_and_values() =>
        ShapeOf(Read("README.ru.md")).Should().Equal(ShapeOf(Read("README.md")));

    [Test]
    public void Every_line_is_translated() => Untranslated(Read("README.ru.md")).Should().BeEmpty();

    [Test]
    public void Each_README_leads_to_the_other() =>
        Markdown.LinksOf(Read("README.md")).Concat(Markdown.LinksOf(Read("README.ru.md"))).Should().Contain(["README.ru.md", "README.md"]);

    [Test]
    public void A_faithful_translation_has_the_same_shape() => ShapeOf(Russian).Should().Equal(ShapeOf(English));

    [TestCase("## Раздел\n", "", TestName = "A_missing_heading_would_be_seen")]
    [TestCase("## Раздел", "### Раздел", TestName = "A_heading_of_another_level_would_be_seen")]
    [TestCase("$ command\n", "", TestName = "A_missing_command_would_be_seen")]
    [TestCase("$ command", "$ comand", TestName = "Another_command_would_be_seen")]
    [TestCase("output", "outpt", TestName = "Another_output_would_be_seen")]
    [TestCase("```console", "```bash", TestName = "Another_kind_of_block_would_be_seen")]
    [TestCase("| `x` | у |\n", "", TestName = "A_missing_row_would_be_seen")]
    [TestCase("| `x` | у |", "| `x` |", TestName = "A_missing_cell_would_be_seen")]
    [TestCase("| а | б |", "| а | б | в |", TestName = "One_column_more_would_be_seen")]
    [TestCase("`x`", "`y`", TestName = "Another_value_would_be_seen")]
    [TestCase("`x`", "x", TestName = "A_value_that_is_text_would_be_seen")]
    [TestCase("- пункт `a`\n", "", TestName = "A_missing_item_would_be_seen")]
    [TestCase("- пункт", "1. пункт", TestName = "Another_kind_of_list_would_be_seen")]
    [TestCase("docs/overview.svg", "docs/overview.ru.svg", TestName = "Another_image_would_be_seen")]
    [TestCase("![рисунок](docs/overview.svg)\n", "", TestName = "A_missing_image_would_be_seen")]
    [TestCase("![рисунок]", "[рисунок]", TestName = "An_image_that_is_a_link_would_be_seen")]
    [TestCase("docs/api.md#access", "docs/api.md#errors", TestName = "Another_anchor_would_be_seen")]
    [TestCase("docs/api.md", "docs/jobs.md", TestName = "A_link_to_another_file_would_be_seen")]
    [TestCase("[тут](#раздел)", "тут", TestName = "A_missing_link_within_the_page_would_be_seen")]
    [TestCase("Текст с", "Текст\n\nс", TestName = "A_paragraph_more_would_be_seen")]
    public void Drift_would_be_seen(string part, string changed)
    {
        Russian.Should().Contain(part);

        ShapeOf(Russian.Replace(part, changed, StringComparison.Ordinal)).Should().NotEqual(ShapeOf(English));
    }

    [Test]
    public void A_line_that_is_missing_anywhere_in_the_translation_would_be_seen()
    {
        var lines = Read("README.ru.md").Split('\n');
        var shape = ShapeOf(Read("README.md"));

        for (var i = 0; i < lines.Length; i++)
            if (lines[i].Trim().Length > 0)
                ShapeOf(string.Join('\n', [.. lines[..i], .. lines[(i + 1)..]])).SequenceEqual(shape).Should().BeFalse($"line {i + 1}: {lines[i]}");
    }

    [TestCase("This line was forgotten.", true)]
    [TestCase("| only the table | was | forgotten |", true)]
    [TestCase("## How fast it is", true)]
    [TestCase("# FileStore", false)]
    [TestCase("Эта строка переведена.", false)]
    [TestCase("- [CONTRIBUTING.md](CONTRIBUTING.md), [SECURITY.md](SECURITY.md)", false)]
    [TestCase("| `--export NAME=DIR` `--tasks FILE` |", false)]
    [TestCase("```console\n$ this is a command\n```", false)]
    public void A_line_that_is_not_translated_would_be_seen(string line, bool seen) => Untranslated(line).Any().Should().Be(seen);

    /// <summary>What a translation leaves as it is, a line for each piece. Within a sentence, the order of words may change.</summary>
    private static string[] ShapeOf(string markdown) =>
        [.. Markdown.Pieces(markdown).Select(piece => Markdown.IsBlock(piece) ? piece
            : $"{KindOf(piece)} {Sorted(Markdown.CodeOf(piece))} {Sorted(Markdown.LinksOf(piece).Select(TargetOf))} {Sorted(Markdown.ImagesOf(piece))}")];

    private static string KindOf(string piece) => piece switch
    {
        ['#', ..] => $"heading {piece.TakeWhile(character => character == '#').Count()}",
        ['|', ..] => $"row of {UnescapedBar().Count(piece)}",
        _ => Item().Match(piece).Value,
    };

    /// <summary>Headings have other names in the other language, and each README leads to the other.</summary>
    private static string TargetOf(string link) => link switch
    {
        ['#', ..] => "#",
        "README.md" or "README.ru.md" => "the other language",
        _ => link,
    };

    private static string Sorted(IEnumerable<string> values) => string.Join(' ', values.Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<string> Untranslated(string markdown) =>
        from piece in Markdown.Pieces(markdown)
        where !Markdown.IsBlock(piece)
        let prose = Markdown.ProseOf(piece)
        where LatinWord().Count(prose) > 2 && !Cyrillic().IsMatch(prose)
        select piece;

    private static string Read(string path) => File.ReadAllText(Path.Join(Repository.Root, path));

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex UnescapedBar();

    [GeneratedRegex(@"^ *(- |\d+\. )?")]
    private static partial Regex Item();

    [GeneratedRegex("[A-Za-z]{2,}")]
    private static partial Regex LatinWord();

    [GeneratedRegex(@"\p{IsCyrillic}")]
    private static partial Regex Cyrillic();
}

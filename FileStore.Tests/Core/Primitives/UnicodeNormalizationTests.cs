using System.Text;
using ADRaffy.ENSNormalize;
using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

/// <summary>Compares with another implementation, of the same version of Unicode.</summary>
[TestFixture]
public sealed class UnicodeNormalizationTests
{
    private static readonly NF Peer = ENSNormalize.NF;

    private static IEnumerable<Rune> Runes =>
        Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Select(code => new Rune(code)).Where(rune => rune.Value is < 0x32000 or > 0xE0000);

    [Test]
    public void Every_character_and_its_decomposition_have_one_form()
    {
        var wrong = from rune in Runes
                    let text = rune.ToString()
                    let expected = Peer.NFC(text)
                    where UnicodeNormalization.ToNfc(text) != expected || UnicodeNormalization.ToNfc(Peer.NFD(text)) != expected
                    select $"U+{rune.Value:X4}";

        wrong.Take(10).Should().BeEmpty();
    }

    [Test]
    public void Random_sequences_of_letters_and_marks_are_composed_and_ordered()
    {
        var random = new Random(17);
        var all = Runes.ToArray();
        var marks = all.Where(rune => Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark).ToArray();
        var letters = Enumerable.Range('A', 26).Concat(Enumerable.Range(0x410, 64)).Concat(Enumerable.Range(0x1100, 0x100)).Select(code => new Rune(code)).ToArray();
        for (var i = 0; i < 100_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pick(random.Next(4) switch { 0 => all, 1 => letters, _ => marks }).ToString()));
            UnicodeNormalization.ToNfc(text).Should().Be(Peer.NFC(text));
        }

        Rune Pick(Rune[] from) => from[random.Next(from.Length)];
    }

    [TestCase("")]
    [TestCase("report-2026.pdf")]
    [TestCase("Отчёт")]
    public void Text_that_is_composed_is_the_same_text(string text) => UnicodeNormalization.ToNfc(text).Should().Be(text);

    [Test]
    public void A_long_run_of_marks_takes_no_time_to_speak_of()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0315\u0300", 100_000));

        UnicodeNormalization.ToNfc(text).Should().StartWith("à\u0300");
    }
}

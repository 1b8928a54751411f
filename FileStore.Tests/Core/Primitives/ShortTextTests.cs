using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class ShortTextTests
{
    [TestCase("", 1, "", "")]
    [TestCase("abc", 3, "abc", "abc")]
    [TestCase("abcd", 3, "abc", "abc...")]
    [TestCase("ab😀", 4, "ab😀", "ab😀")]
    [TestCase("ab😀c", 4, "ab😀", "ab😀...")]
    [TestCase("ab😀c", 3, "ab", "ab...", Description = "half of a character is none")]
    [TestCase("😀", 1, "", "...")]
    public void A_text_is_cut_between_characters(string text, int most, string begins, string shown)
    {
        ShortText.Of(text, most).Should().Be(begins);
        ShortText.Shown(text, most).Should().Be(shown);
    }
}

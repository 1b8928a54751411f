using FileStore.Core.Exports;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

[TestFixture]
public sealed class NamePatternTests
{
    [TestCase(null, null, "a.txt", true)]
    [TestCase("*", null, "a.txt", true)]
    [TestCase(null, "*", "a.txt", true)]
    [TestCase("*", "*", "a.txt", true)]
    [TestCase("a", null, "a.txt", true)]
    [TestCase("a", ".txt", "a.txt", true)]
    [TestCase("*", ".txt", "a.txt", true)]
    [TestCase("a", "*", "a.txt", true)]
    [TestCase("a.txt", "a.txt", "a.txt", true, Description = "they overlap")]
    [TestCase("b", null, "a.txt", false)]
    [TestCase("a", ".log", "a.txt", false)]
    [TestCase("A", null, "a.txt", false)]
    [TestCase(null, ".TXT", "a.txt", false)]
    [TestCase("a*", null, "a.txt", false, Description = "a star is a star within a text")]
    [TestCase("a*", null, "a*b", true)]
    [TestCase("**", null, "a.txt", false)]
    [TestCase("a.txt.", null, "a.txt", false)]
    [TestCase("\u00e9", null, "e\u0301.txt", false, Description = "by ordinal, whatever looks the same")]
    [TestCase("\u00ad", null, "a.txt", false, Description = "a culture would ignore a soft hyphen")]
    public void A_name_is_meant_by_its_beginning_and_its_end(string? prefix, string? suffix, string name, bool matches) =>
        new NamePattern(prefix, suffix).Matches(name).Should().Be(matches);
}

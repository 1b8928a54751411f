using FileStore.Core.Index;
using FluentAssertions;

namespace FileStore.Tests.Core.Index;

[TestFixture]
public sealed class BlobNameTests
{
    [TestCase("a")]
    [TestCase("reports/2026/Отчёт.pdf")]
    [TestCase("a b/ c /...")]
    [TestCase("<img src=x onerror=alert(1)>")]
    [TestCase("..a/.hidden")]
    [TestCase("back\\slash")]
    [TestCase("emoji 👩‍👩‍👧/🏳️‍🌈.png")]
    public void Names_are_kept_as_they_are(string text)
    {
        BlobName.TryParse(text, out var name, out _).Should().BeTrue();
        name.Text.Should().Be(text);
    }

    [TestCase("", "is empty")]
    [TestCase("/a", "empty segment")]
    [TestCase("a//b", "empty segment")]
    [TestCase("a/", "folder")]
    [TestCase("/", "folder")]
    [TestCase(".", "'.' or '..'")]
    [TestCase("a/../b", "'.' or '..'")]
    [TestCase("a/.", "'.' or '..'")]
    [TestCase("a\nb", "U+000A")]
    [TestCase("a\0", "U+0000")]
    [TestCase("a\u007f", "U+007F")]
    [TestCase("a\u0085", "U+0085")]
    public void Other_texts_are_refused_with_the_reason(string text, string reason)
    {
        BlobName.TryParse(text, out _, out var fault).Should().BeFalse();
        fault.Should().Contain(reason);
    }

    [Test]
    public void Half_a_character_is_refused()
    {
        BlobName.TryParse("a\ud800b", out _, out var fault).Should().BeFalse();
        fault.Should().Contain("surrogate");
    }

    [Test]
    public void Length_and_depth_have_limits()
    {
        IsName(new string('a', 1024)).Should().BeTrue();
        IsName(new string('a', 1025)).Should().BeFalse();
        IsName(new string('ж', 512)).Should().BeTrue();
        IsName(new string('ж', 513)).Should().BeFalse();
        IsName(string.Join('/', Enumerable.Repeat("a", 64))).Should().BeTrue();
        IsName(string.Join('/', Enumerable.Repeat("a", 65))).Should().BeFalse();
        IsName(string.Concat(Enumerable.Repeat("e\u0301", 512))).Should().BeTrue("it has 1024 bytes once it is composed");
    }

    [Test]
    public void Spellings_of_one_text_are_one_name()
    {
        BlobName.TryParse("Отче\u0308т/cafe\u0301", out var decomposed, out _).Should().BeTrue();
        BlobName.TryParse("Отчёт/café", out var composed, out _).Should().BeTrue();
        decomposed.Should().Be(composed);
        decomposed.Folder.Should().Be("Отчёт/");
        decomposed.LastSegment.Should().Be("café");
    }

    [TestCase("", "")]
    [TestCase("a/", "a/")]
    [TestCase("cafe\u0301/b/", "café/b/")]
    public void Folders_end_with_a_slash(string text, string folder)
    {
        BlobName.TryParseFolder(text, out var parsed, out _).Should().BeTrue();
        parsed.Should().Be(folder);
    }

    [TestCase("a", "does not end with '/'")]
    [TestCase("/", "is empty")]
    [TestCase("a//", "folder")]
    [TestCase("../", "'.' or '..'")]
    public void Other_folders_are_refused_with_the_reason(string text, string reason)
    {
        BlobName.TryParseFolder(text, out _, out var fault).Should().BeFalse();
        fault.Should().Contain(reason);
    }

    private static bool IsName(string text) => BlobName.TryParse(text, out _, out _);
}

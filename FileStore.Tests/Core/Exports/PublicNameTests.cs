using FileStore.Core.Exports;
using FluentAssertions;

namespace FileStore.Tests.Core.Exports;

[TestFixture]
public sealed class PublicNameTests
{
    private static string[] Valid { get; } =
    [
        "a", "a.txt", "a..b", "a.", "two words", " ", "*", "?", "-rf", "~", "a:b", "%2e%2e", "<b>", "отчёт.pdf", "é", "e\u0301", "😀.txt", "a\u202Eb", "a\u2028b",
        new('x', 255), new('ж', 127), string.Concat(Enumerable.Repeat("😀", 63)),
    ];

    private static string[] Invalid { get; } =
    [
        "", ".", "..", ".hidden", "..a", "/", "a/b", "/a", "a/", "\\", "a\\b", "\0", "a\0b", "a\nb", "\u001b[31m", "\u007f", "a\u0085", "\uFFFD", "a\uFFFDb",
        "\ud83d", "a\ude00", new('x', 256), new('ж', 128), string.Concat(Enumerable.Repeat("😀", 64)),
    ];

    [Test]
    public void Names_of_one_step_are_public() => Valid.Should().OnlyContain(name => PublicName.IsValid(name));

    [Test]
    public void Hidden_overlong_and_malformed_names_and_paths_are_not_public() => Invalid.Should().NotContain(name => PublicName.IsValid(name));
}

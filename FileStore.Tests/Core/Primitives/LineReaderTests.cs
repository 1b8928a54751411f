using System.Text;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class LineReaderTests
{
    private TempFolder _folder;

    private string Path => _folder["lines"];

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("", "")]
    [TestCase("\n\n\n", "")]
    [TestCase("a\nbc\n", "0:a 2:bc")]
    [TestCase("a\n\nbc", "0:a 3:bc")]
    [TestCase("a\r\nb\n", "0:a\r 3:b")]
    [TestCase("я\nb\n", "0:я 3:b")]
    public void A_line_is_told_with_the_byte_where_it_begins(string text, string lines)
    {
        File.WriteAllText(Path, text);

        Read(0, long.MaxValue).Should().Be(lines);
    }

    [TestCase(0, 2, "0:a")]
    [TestCase(2, 4, "2:b")]
    [TestCase(2, 6, "2:b 4:c")]
    [TestCase(4, 100, "4:c")]
    [TestCase(6, 6, "")]
    [TestCase(100, 200, "")]
    public void Lines_between_two_places_are_read_alone(int from, int to, string lines)
    {
        File.WriteAllText(Path, "a\nb\nc\n");

        Read(from, to).Should().Be(lines);
    }

    [Test]
    public void Lines_may_lie_across_buffers_and_be_longer_than_one()
    {
        int[] lengths = [1, 65_535, 65_536, 65_537, 3, 500_000, 40_000, 40_000];
        File.WriteAllLines(Path, lengths.Select((length, i) => new string((char)('a' + i), length)));

        LineReader.Read(Path, 0, long.MaxValue).Select(line => (line.Text.Length, (char)line.Text.Span[^1]))
            .Should().Equal(lengths.Select((length, i) => (length, (char)('a' + i))));
    }

    private string Read(long from, long to) =>
        string.Join(' ', LineReader.Read(Path, from, to).Select(line => $"{line.Offset}:{Encoding.UTF8.GetString(line.Text.Span)}"));
}

using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class ByteSizeTests
{
    [TestCase("0", 0)]
    [TestCase("131072", 131_072)]
    [TestCase("007", 7)]
    [TestCase("12B", 12)]
    [TestCase("1KB", 1_000)]
    [TestCase("1KiB", 1_024)]
    [TestCase("500MB", 500_000_000)]
    [TestCase("500MiB", 524_288_000)]
    [TestCase("2GB", 2_000_000_000)]
    [TestCase("2GiB", 2_147_483_648)]
    [TestCase("3TB", 3_000_000_000_000)]
    [TestCase("3TiB", 3_298_534_883_328)]
    [TestCase("2gib", 2_147_483_648)]
    [TestCase("2GIB", 2_147_483_648)]
    [TestCase(" 64 MB ", 64_000_000)]
    [TestCase("9223372036854775807", long.MaxValue)]
    [TestCase("9223372036854775KB", 9_223_372_036_854_775_000)]
    [TestCase("8388607TiB", 9_223_370_937_343_148_032)]
    public void Sizes_are_read_as_people_write_them(string text, long expected)
    {
        ByteSize.TryParse(text, out var bytes).Should().BeTrue();

        bytes.Should().Be(expected);
    }

    [TestCase("9223372036854775808")]
    [TestCase("9223372036854776KB")]
    [TestCase("8388608TiB")]
    [TestCase("99999999999999999999999999GB")]
    public void A_size_that_does_not_fit_is_refused_and_never_wraps(string text)
    {
        ByteSize.TryParse(text, out var bytes).Should().BeFalse();

        bytes.Should().Be(0);
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("B")]
    [TestCase("MB")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase("1.5GB")]
    [TestCase("1,5GB")]
    [TestCase("1_000")]
    [TestCase("1 000")]
    [TestCase("1e3")]
    [TestCase("0x10")]
    [TestCase("5 M B")]
    [TestCase("5PB")]
    [TestCase("5M")]
    [TestCase("5MBB")]
    [TestCase("5MB5")]
    [TestCase("five")]
    [TestCase("\uFF15")]
    [TestCase("5\0")]
    [TestCase("5\0MB")]
    public void Rubbish_is_refused(string text) => ByteSize.TryParse(text, out _).Should().BeFalse();
}

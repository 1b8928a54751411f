using FileStore.Daemon.Http.Semantics;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>RFC 9110, section 14.</summary>
[TestFixture]
public sealed class ByteRangeTests
{
    [TestCase("bytes=0-0", 1, 0, 1)]
    [TestCase("bytes=0-", 1, 0, 1)]
    [TestCase("bytes=-1", 1, 0, 1)]
    [TestCase("bytes=0-99", 100, 0, 100)]
    [TestCase("bytes=0-49", 100, 0, 50)]
    [TestCase("bytes=50-", 100, 50, 50)]
    [TestCase("bytes=99-99", 100, 99, 1)]
    [TestCase("bytes=99-", 100, 99, 1)]
    [TestCase("bytes=10-20", 100, 10, 11)]
    [TestCase("bytes=-10", 100, 90, 10)]
    [TestCase("bytes=-100", 100, 0, 100)]
    [TestCase("bytes=-101", 100, 0, 100)]
    [TestCase("bytes=90-100", 100, 90, 10)]
    [TestCase("bytes=0-9223372036854775807", 100, 0, 100)]
    [TestCase("bytes=-9223372036854775807", 100, 0, 100)]
    [TestCase("BYTES=0-9", 100, 0, 10)]
    [TestCase("bytes=0-99999999999999999999999", 100, 0, 100)]
    [TestCase("bytes=-99999999999999999999999", 100, 0, 100)]
    [TestCase("bytes=0-18446744073709551615", 100, 0, 100)]
    [TestCase("bytes=0000000000000000000000010-00000000000000000000000000000020", 100, 10, 11)]
    [TestCase("bytes= 10-20 ", 100, 10, 11)]
    [TestCase("bytes=,10-20,", 100, 10, 11)]
    [TestCase("bytes=5000000000-5000000009", 6_000_000_000, 5_000_000_000, 10)]
    [TestCase("bytes=9223372036854775806-", long.MaxValue, long.MaxValue - 1, 1)]
    public void One_range_is_cut_to_the_file(string header, long size, long offset, long length) =>
        ByteRange.Parse(header, size).Should().Be(new ByteRange(offset, length));

    [TestCase("bytes=0-", 0)]
    [TestCase("bytes=0-0", 0)]
    [TestCase("bytes=-0", 100)]
    [TestCase("bytes=-00000000000000000000000", 100)]
    [TestCase("bytes=99999999999999999999999-", 100)]
    [TestCase("bytes=99999999999999999999999-99999999999999999999999", 100)]
    [TestCase("bytes=9223372036854775807-9223372036854775808", 100)]
    [TestCase("bytes=-0", 0)]
    [TestCase("bytes=1-", 1)]
    [TestCase("bytes=100-", 100)]
    [TestCase("bytes=100-200", 100)]
    [TestCase("bytes=9223372036854775807-", 100)]
    public void A_range_outside_the_file_cannot_be_satisfied(string header, long size)
    {
        var range = ByteRange.Parse(header, size);

        range.Should().NotBeNull();
        range!.Value.Length.Should().Be(0);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("bytes")]
    [TestCase("bytes=")]
    [TestCase("bytes=-")]
    [TestCase("bytes=a-b")]
    [TestCase("bytes=5-2")]
    [TestCase("bytes=--5")]
    [TestCase("bytes=0--5")]
    [TestCase("bytes=+0-5")]
    [TestCase("bytes=0x0-0x5")]
    [TestCase("bytes=0-5 6-7")]
    [TestCase("bytes=99999999999999999999999-99999999999999999999998")]
    [TestCase("bytes=99999999999999999999999-1")]
    [TestCase("bytes =0-5")]
    [TestCase("bytes=0 -5")]
    [TestCase("bytes=0-5-6")]
    [TestCase("bytes=\u0660-\u0665")]
    [TestCase("0-5")]
    [TestCase("=0-5")]
    [TestCase("lines=0-5")]
    [TestCase("seconds=0-")]
    [TestCase("bytes=0-1,3-4")]
    [TestCase("bytes=0-0, -1")]
    [TestCase("bytes=0-1,junk")]
    public void All_else_is_ignored(string? header) => ByteRange.Parse(header, 100).Should().BeNull();

    [TestCase("bytes=-1")]
    [TestCase("bytes=-5")]
    [TestCase("bytes=-99999999999999999999999")]
    public void The_last_bytes_of_an_empty_file_are_the_whole_of_it(string header) => ByteRange.Parse(header, 0).Should().BeNull();
}

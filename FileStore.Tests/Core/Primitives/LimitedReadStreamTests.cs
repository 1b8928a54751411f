using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class LimitedReadStreamTests
{
    [TestCase(0, 0)]
    [TestCase(0, 10)]
    [TestCase(9, 10)]
    [TestCase(10, 10)]
    [TestCase(100_000, 100_000)]
    public async Task Bytes_within_the_limit_pass(int length, long limit)
    {
        var content = Bytes.Random(length);
        using var read = new MemoryStream();

        await new LimitedReadStream(new MemoryStream(content), limit).CopyToAsync(read);

        read.ToArray().Should().Equal(content);
    }

    [TestCase(1, 0)]
    [TestCase(11, 10)]
    [TestCase(100_001, 100_000)]
    public async Task One_byte_more_is_one_too_many(int length, long limit)
    {
        var content = new LimitedReadStream(new MemoryStream(Bytes.Random(length)), limit);

        var read = () => content.CopyToAsync(Stream.Null, 4096);

        (await read.Should().ThrowAsync<LimitExceededException>()).Which.Limit.Should().Be(limit);
    }

    [Test]
    public async Task The_rest_is_not_read_once_the_limit_is_passed()
    {
        var inner = new MemoryStream(Bytes.Random(1_000_000));
        var read = () => new LimitedReadStream(inner, 10_000).CopyToAsync(Stream.Null, 4096);

        await read.Should().ThrowAsync<LimitExceededException>();

        inner.Position.Should().BeLessThanOrEqualTo(10_000 + 4096);
    }

    [Test]
    public void It_reads_forward_and_asynchronously_only()
    {
        using var stream = new LimitedReadStream(new MemoryStream(), 10);

        ((Action)(() => _ = stream.Read([], 0, 0))).Should().Throw<NotSupportedException>();
        ((Action)(() => stream.Seek(0, SeekOrigin.Begin))).Should().Throw<NotSupportedException>();
        ((Action)(() => stream.Write([], 0, 0))).Should().Throw<NotSupportedException>();
        ((Action)(() => _ = stream.Length)).Should().Throw<NotSupportedException>();
        stream.CanRead.Should().BeTrue();
        stream.CanSeek.Should().BeFalse();
        stream.CanWrite.Should().BeFalse();
    }

    [Test]
    public async Task The_inner_stream_stays_the_callers()
    {
        var inner = new MemoryStream(Bytes.Random(10));

        await new LimitedReadStream(inner, 10).DisposeAsync();

        inner.CanRead.Should().BeTrue();
    }
}

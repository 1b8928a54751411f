using System.Security.Cryptography;
using FileStore.Core.Primitives;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

[TestFixture]
public sealed class DigestCheckStreamTests
{
    private byte[] _content;
    private Digest _sha256;
    private Digest _md5;

    [SetUp]
    public void MakeContent()
    {
        _content = Bytes.Random(100_000);
        _sha256 = Bytes.Sha256(_content);
        _md5 = Digest.FromBytes(HashKind.Md5, MD5.HashData(_content));
    }

    [Test]
    public async Task Bytes_with_every_promised_digest_pass() =>
        (await ReadAsync(_content, _sha256, _md5)).Should().Equal(_content);

    [Test]
    public async Task Bytes_without_a_promised_digest_pass() => (await ReadAsync(_content)).Should().Equal(_content);

    [Test]
    public async Task No_bytes_pass_where_none_were_promised() => (await ReadAsync([], Bytes.Sha256([]))).Should().BeEmpty();

    [Test]
    public async Task One_wrong_digest_of_several_is_found_and_named()
    {
        var wrong = Digest.FromBytes(HashKind.Md5, new byte[16]);

        var read = () => ReadAsync(_content, _sha256, wrong);

        var mismatch = (await read.Should().ThrowAsync<DigestMismatchException>()).Which;
        mismatch.Expected.Should().Be(wrong);
        mismatch.Message.Should().Contain(wrong.Hex).And.Contain(_md5.Hex).And.Contain("md5");
    }

    [TestCase(0)]
    [TestCase(99_999)]
    public async Task Missing_bytes_are_found(int length)
    {
        var read = () => ReadAsync(_content[..length], _sha256);

        await read.Should().ThrowAsync<DigestMismatchException>();
    }

    [Test]
    public async Task The_end_is_refused_each_time_it_is_asked_for()
    {
        await using var stream = new DigestCheckStream(new MemoryStream(_content), [Bytes.Sha256([])]);
        var buffer = new byte[_content.Length];
        await stream.ReadExactlyAsync(buffer);
        var end = async () => await stream.ReadAsync(buffer);

        await end.Should().ThrowAsync<DigestMismatchException>();
        await end.Should().ThrowAsync<DigestMismatchException>();
    }

    [Test]
    public async Task A_read_into_an_empty_buffer_does_not_end_the_stream()
    {
        await using var stream = new DigestCheckStream(new MemoryStream(_content), [_sha256]);

        (await stream.ReadAsync(Memory<byte>.Empty)).Should().Be(0);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);

        read.ToArray().Should().Equal(_content);
    }

    [Test]
    public async Task The_inner_stream_stays_the_callers()
    {
        var inner = new MemoryStream(_content);

        await new DigestCheckStream(inner, [_sha256]).DisposeAsync();

        inner.CanRead.Should().BeTrue();
    }

    private static async Task<byte[]> ReadAsync(byte[] content, params Digest[] expected)
    {
        await using var stream = new DigestCheckStream(new MemoryStream(content), expected);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read, 4096);
        return read.ToArray();
    }
}

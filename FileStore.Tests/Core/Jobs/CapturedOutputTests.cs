using System.Text;
using FileStore.Core.Blobs;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Tests.Contracts;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Jobs;

[TestFixture]
public sealed class CapturedOutputTests
{
    private readonly MemoryBlobStore _store = new(HashKind.Sha256);

    [TestCase("", 10, "", false)]
    [TestCase("", 0, "", false)]
    [TestCase("1234567890", 10, "1234567890", false)]
    [TestCase("12345678901", 10, "1234567890", true)]
    [TestCase("x", 0, "", true)]
    [TestCase("яяяяяя", 11, "яяяяя", true, Description = "cut through a character")]
    [TestCase("ab😀c", 5, "ab", true)]
    [TestCase("ab😀c", 6, "ab😀", true)]
    [TestCase("ab😀", 6, "ab😀", false)]
    public async Task Output_above_the_limit_is_cut_and_stored_whole(string written, int limit, string text, bool isCut)
    {
        var bytes = Encoding.UTF8.GetBytes(written);

        var (output, fault) = await CapturedOutput.ReadAsync(new MemoryStream(bytes), limit, _store);

        output.Should().Be(new JobOutput(text, isCut, isCut ? Bytes.HashOf(bytes) : null));
        fault.Should().BeNull();
        (await _store.RemoveAsync(Digest.FromBytes(HashKind.Sha256, Convert.FromHexString(Bytes.HashOf(bytes))), default)).Should().Be(isCut);
    }

    [TestCase(new byte[] { 0xFF, (byte)'a' }, "\uFFFDa")]
    [TestCase(new byte[] { (byte)'a', 0xD0 }, "a\uFFFD", Description = "half a character at the end")]
    [TestCase(new byte[] { 0xED, 0xA0, 0x80 }, "\uFFFD\uFFFD\uFFFD", Description = "half of a surrogate pair")]
    [TestCase(new byte[] { 0 }, "\0")]
    public async Task Output_that_is_not_UTF_8_is_replaced(byte[] bytes, string text)
    {
        var (output, _) = await CapturedOutput.ReadAsync(new MemoryStream(bytes), 100, _store);

        output.Should().Be(new JobOutput(text));
    }

    [Test]
    public async Task A_store_that_fails_costs_the_rest_but_the_stream_is_read_to_its_end()
    {
        using var stream = new MemoryStream(new byte[1 << 20]);

        var (output, fault) = await CapturedOutput.ReadAsync(stream, 10, new FullStore());

        output.Should().Be(new JobOutput(new string('\0', 10), IsTruncated: true));
        fault.Should().Be("full");
        stream.Position.Should().Be(1 << 20);
    }

    [TestCase(1024, false)]
    [TestCase(1025, true)]
    public void The_beginning_of_a_text_is_a_kibibyte(int length, bool isHead) =>
        new JobOutput(new string('x', length)).ToPreview().Should().Be(new JobOutput(new string('x', 1024)) { IsPreview = isHead });

    [Test]
    public void The_beginning_of_a_text_ends_with_a_whole_character()
    {
        new JobOutput("x" + new string('я', 1000)).ToPreview().Text.Should().Be("x" + new string('я', 511));
        new JobOutput(new string('x', 1023) + "😀😀").ToPreview().Text.Should().Be(new string('x', 1023));
        new JobOutput(string.Concat(Enumerable.Repeat("😀", 300))).ToPreview().Text.Should().Be(string.Concat(Enumerable.Repeat("😀", 256)));
    }

    private sealed class FullStore : IBlobWriter
    {
        public async Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct)
        {
            _ = await content.ReadAsync(new byte[5], ct);
            throw new BlobStoreException(DiskFault.NoSpace, "full");
        }

        public Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct) => throw new NotSupportedException();
    }
}

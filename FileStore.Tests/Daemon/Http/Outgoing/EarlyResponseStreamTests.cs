using System.IO.Pipelines;
using System.Text;
using FileStore.Daemon.Http.Outgoing;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>The stream alone, with a peer that reads nothing unless a test makes it read.</summary>
[TestFixture]
public sealed class EarlyResponseStreamTests
{
    private Pipe _sent;
    private Pipe _response;
    private EarlyResponseStream _stream;

    [SetUp]
    public void Connect()
    {
        (_sent, _response) = (new Pipe(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50)), new Pipe());
        _stream = new EarlyResponseStream(new TwoWays(_response.Reader.AsStream(), _sent.Writer.AsStream()));
    }

    [TearDown]
    public void Disconnect() => _stream.Dispose();

    [Test]
    public async Task A_request_is_sent_and_its_response_is_read()
    {
        _stream.HasSent.Should().BeFalse();
        await _stream.WriteAsync("request"u8.ToArray());
        await AnswerAsync("HTTP/1.1 200 OK\r\n\r\nbody");

        (await ReadAsync(100)).Should().Be("HTTP/1.1 200 OK\r\n\r\nbody");

        (_stream.HasSent, _stream.IsRefused).Should().Be((true, false));
        Encoding.ASCII.GetString((await _sent.Reader.ReadAsync()).Buffer.FirstSpan).Should().Be("request");
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(4096)]
    public async Task An_answer_is_read_whole_in_pieces_of_any_size(int size)
    {
        await _stream.WriteAsync("request"u8.ToArray());
        var response = $"HTTP/1.1 200 OK\r\n\r\n{new string('x', 10_000)}";
        await AnswerAsync(response);
        await _response.Writer.CompleteAsync();

        (await ReadAsync(size)).Should().Be(response);
    }

    [TestCase("HTTP/1.1 413 Content Too Large\r\n\r\n")]
    [TestCase("HTTP/1.0 500 X\r\n\r\n")]
    [TestCase("HTTP/1.1 302 Found\r\n\r\n")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 413 X\r\n\r\n")]
    public async Task A_refusal_ends_a_write_that_is_stuck(string response)
    {
        var writing = _stream.WriteAsync(new byte[1000]).AsTask();
        writing.IsCompleted.Should().BeFalse("nobody takes it");

        await AnswerAsync(response);
        await writing;

        _stream.IsRefused.Should().BeTrue();
        await _stream.WriteAsync(new byte[1000]);
        await _stream.FlushAsync();
        (await ReadAsync(100)).Should().Be(response);
    }

    [Test]
    public async Task So_does_one_that_comes_in_pieces_after_another_answer()
    {
        var writing = _stream.WriteAsync(new byte[1000]).AsTask();

        foreach (var piece in (string[])["HTTP/1.1 100 Con", "tinue\r\n\r", "\nHTTP/1.1 ", "413 X\r\n\r\n"])
        {
            writing.IsCompleted.Should().BeFalse();
            await AnswerAsync(piece);
        }

        await writing;
        _stream.IsRefused.Should().BeTrue();
    }

    [TestCase("HTTP/1.1 200 OK\r\n\r\n")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\n")]
    [TestCase("HTTP/1.1 41")]
    [TestCase("SMTP 413 hello")]
    [TestCase("")]
    public async Task Other_responses_do_not_end_a_write_that_is_stuck(string response)
    {
        var writing = _stream.WriteAsync(new byte[1000]).AsTask();

        await AnswerAsync(response);
        writing.IsCompleted.Should().BeFalse();
        await _sent.Reader.CompleteAsync(); // the reader ends it
        await writing;

        _stream.IsRefused.Should().BeFalse();
    }

    [Test]
    public async Task A_cancelled_write_is_not_a_refusal()
    {
        using var given = new CancellationTokenSource();
        var writing = _stream.WriteAsync(new byte[1000], given.Token).AsTask();

        await given.CancelAsync();

        await writing.Awaiting(w => w).Should().ThrowAsync<OperationCanceledException>();
        _stream.IsRefused.Should().BeFalse();
    }

    private async Task AnswerAsync(string text) => await _response.Writer.WriteAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Reads what is available, or everything once the stream has ended.</summary>
    private async Task<string> ReadAsync(int size)
    {
        var text = new StringBuilder();
        var buffer = new byte[size];
        int count;
        do
        {
            count = await _stream.ReadAsync(buffer);
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        while (count > 0 && size != 100);
        return text.ToString();
    }

    private sealed class TwoWays(Stream read, Stream write) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => read.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => write.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => write.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

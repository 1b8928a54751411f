using System.IO.Pipes;
using FileStore.Core.Processes;
using FluentAssertions;

namespace FileStore.Tests.Core.Processes;

[TestFixture]
public sealed class OutputPipeTests
{
    private AnonymousPipeServerStream _writer;
    private AnonymousPipeClientStream _reader;
    private CancellationTokenSource _cut;
    private OutputPipe _pipe;

    [SetUp]
    public void MakePipe()
    {
        _writer = new AnonymousPipeServerStream(PipeDirection.Out);
        _reader = new AnonymousPipeClientStream(PipeDirection.In, _writer.ClientSafePipeHandle);
        _cut = new CancellationTokenSource();
        _pipe = new OutputPipe(_reader, _cut.Token);
    }

    [TearDown]
    public void RemovePipe()
    {
        _pipe.Dispose();
        _reader.Dispose(); // first, since a writer may wait for it
        _writer.Dispose();
        _cut.Dispose();
    }

    [Test]
    public async Task It_ends_when_nobody_writes_any_more()
    {
        await _writer.WriteAsync("abc"u8.ToArray());
        _writer.Dispose();

        (await ReadAsync()).Should().Be(3);
    }

    [Test]
    public async Task A_cut_ends_the_waiting_for_more()
    {
        await _writer.WriteAsync("abc"u8.ToArray());
        var reading = ReadAsync();
        reading.IsCompleted.Should().BeFalse();

        await _cut.CancelAsync();

        (await reading.WaitAsync(TimeSpan.FromSeconds(10))).Should().Be(3);
    }

    [Test]
    public async Task Bytes_that_were_written_before_the_cut_are_still_read()
    {
        await _writer.WriteAsync(new byte[60_000]);
        await _cut.CancelAsync();

        (await ReadAsync().WaitAsync(TimeSpan.FromSeconds(10))).Should().Be(60_000);
    }

    [Test]
    public async Task A_writer_that_never_ends_does_not_keep_the_pipe_open()
    {
        await _cut.CancelAsync();
        var startedAt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.Factory.StartNew(() => WriteForEver(startedAt), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await startedAt.Task;

        (await ReadAsync().WaitAsync(TimeSpan.FromSeconds(10))).Should().BeInRange(1, 1 << 20);

        _reader.Dispose();
        await writing.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private void WriteForEver(TaskCompletionSource startedAt)
    {
        try
        {
            while (true)
            {
                _writer.Write(new byte[4096]);
                startedAt.TrySetResult();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return; // the reader is closed
        }
    }

    private async Task<long> ReadAsync()
    {
        var buffer = new byte[8192];
        var total = 0L;
        int count;
        while ((count = await _pipe.ReadAsync(buffer)) > 0)
            total += count;
        return total;
    }
}

using System.Collections.Concurrent;
using System.Text;
using FileStore.Daemon.Hosting;
using FluentAssertions;
using Serilog;
using Serilog.Core;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class LogBufferTests
{
    private Held _output;
    private LogBuffer _buffer;
    private Logger _log;

    [SetUp]
    public void MakeBuffer()
    {
        _output = new Held();
        _buffer = new LogBuffer(_output.Take, TimeProvider.System);
        _log = new LoggerConfiguration().WriteTo.Sink(_buffer).CreateLogger();
    }

    [TearDown]
    public void EndBuffer()
    {
        _output.Gate.Set();
        _log.Dispose();
        _buffer.Dispose();
    }

    [Test]
    public void All_events_come_in_their_order()
    {
        _output.Gate.Set();
        for (var i = 0; i < 5000; i++)
            _log.Information("{Number}", i);

        _log.Dispose();

        _output.Lines.Should().Equal(Enumerable.Range(0, 5000).Select(i => $"{i}"));
    }

    [Test]
    public void Those_of_many_threads_all_come()
    {
        _output.Gate.Set();

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 1000; i++)
                _log.Information("{Number}", (thread * 1000) + i);
        });
        _log.Dispose();

        _output.Lines.Select(int.Parse).Order().Should().Equal(Enumerable.Range(0, 8000));
    }

    [Test]
    public void A_single_event_does_not_wait_for_others()
    {
        _output.Gate.Set();

        for (var i = 1; i <= 3; i++)
        {
            _log.Information("alone");
            SpinWait.SpinUntil(() => _output.Lines.Count() == i, TimeSpan.FromSeconds(20)).Should().BeTrue();
        }
    }

    [Test]
    public void Lines_that_find_the_buffer_full_are_counted_and_reported()
    {
        _log.Warning("holds the thread");
        _output.Entered.Wait(TimeSpan.FromSeconds(20)).Should().BeTrue();
        for (var i = 0; i < LogBuffer.Capacity + 7; i++)
            _log.Information("x");

        _output.Gate.Set();
        _log.Dispose();

        _output.Lines.Should().HaveCount(1 + LogBuffer.Capacity + 1);
        _output.Lines.Last().Should().Be("7 lines of the log were lost: more came than could be written");
    }

    [Test]
    public void A_sink_that_fails_once_gets_the_next()
    {
        _output.Gate.Set();
        _output.Fails = true;
        _log.Warning("fails");
        SpinWait.SpinUntil(() => !_output.Fails, TimeSpan.FromSeconds(20)).Should().BeTrue();

        _log.Warning("goes on");
        _log.Dispose();

        _output.Lines.Should().Equal("goes on");
    }

    [Test]
    public void Plain_lines_and_events_are_written_in_order_with_time_and_level()
    {
        _output.Gate.Set();
        for (var i = 0; i < 1000; i++)
        {
            _log.Information("event {Number}", i);
            _buffer.Write($"line {i} отчёт");
        }

        _log.Dispose();

        _output.Lines.Should().Equal(Enumerable.Range(0, 1000).SelectMany(i => (string[])[$"event {i}", $"line {i} отчёт"]));
        _output.Whole.Should().OnlyContain(line => System.Text.RegularExpressions.Regex.IsMatch(line, @"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO (event|line) \d"));
    }

    [Test]
    public void Many_long_lines_are_handed_on_whole()
    {
        _output.Gate.Set();
        var line = new string('x', 3000);

        for (var i = 0; i < 2000; i++) // 6 MB, if they come at once
            _buffer.Write($"{i} {line}");
        _log.Dispose();
        _log.Dispose();

        _output.Lines.Should().Equal(Enumerable.Range(0, 2000).Select(i => $"{i} {line}"));
    }

    [Test]
    public void Long_lines_that_find_no_room_are_counted_and_told()
    {
        _log.Warning("holds the thread");
        _output.Entered.Wait(TimeSpan.FromSeconds(20)).Should().BeTrue();
        var line = new string('x', 6000);
        const int Sent = 5000;
        for (var i = 0; i < Sent; i++)
            _buffer.Write(line);

        _output.Gate.Set();
        _log.Dispose();

        var kept = _output.Lines.Count(text => text == line);
        (kept * ("2026-11-22 01:50:32.000+00:00 INFO \n".Length + line.Length)).Should().BeInRange(LogBuffer.MaxSize - 20_000, LogBuffer.MaxSize + 20_000);
        _output.Lines.Last().Should().Be($"{Sent - kept} lines of the log were lost: more came than could be written");
    }

    [Test]
    public void Lines_after_the_end_are_dropped_without_an_error()
    {
        _output.Gate.Set();
        _log.Dispose();

        _buffer.Write("too late");
        _log.Warning("too late");

        _output.Lines.Should().BeEmpty();
    }

    private sealed class Held
    {
        internal ManualResetEventSlim Gate { get; } = new();

        internal ManualResetEventSlim Entered { get; } = new();

        internal ConcurrentQueue<string> Whole { get; } = new();

        /// <summary>Their text without time and level.</summary>
        internal IEnumerable<string> Lines => Whole.Select(line => line.Split(' ', 4)[3]);

        internal volatile bool Fails;

        internal void Take(ReadOnlySpan<byte> text)
        {
            Entered.Set();
            Gate.Wait();
            if (Fails)
            {
                Fails = false;
                throw new IOException("nobody reads this");
            }

            text[^1].Should().Be((byte)'\n');
            foreach (var line in Encoding.UTF8.GetString(text[..^1]).Split('\n'))
                Whole.Enqueue(line);
        }
    }
}

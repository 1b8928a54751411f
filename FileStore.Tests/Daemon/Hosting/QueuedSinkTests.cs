using System.Collections.Concurrent;
using FileStore.Daemon.Hosting;
using FluentAssertions;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class QueuedSinkTests
{
    private Held _inner;
    private Logger _log;

    [SetUp]
    public void MakeSink()
    {
        _inner = new Held();
        _log = new LoggerConfiguration().WriteTo.Sink(new QueuedSink(_inner)).CreateLogger();
    }

    [TearDown]
    public void EndSink()
    {
        _inner.Gate.Set();
        _log.Dispose();
        _inner.Dispose();
    }

    [Test]
    public void All_events_come_in_their_order()
    {
        _inner.Gate.Set();
        for (var i = 0; i < 5000; i++)
            _log.Information("{Number}", i);

        _log.Dispose();

        _inner.Lines.Should().Equal(Enumerable.Range(0, 5000).Select(i => $"{i}"));
    }

    [Test]
    public void Those_of_many_threads_all_come()
    {
        _inner.Gate.Set();

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 1000; i++)
                _log.Information("{Number}", (thread * 1000) + i);
        });
        _log.Dispose();

        _inner.Lines.Select(int.Parse).Order().Should().Equal(Enumerable.Range(0, 8000));
    }

    [Test]
    public void A_single_event_does_not_wait_for_others()
    {
        _inner.Gate.Set();

        for (var i = 1; i <= 3; i++)
        {
            _log.Information("alone");
            SpinWait.SpinUntil(() => _inner.Lines.Count == i, TimeSpan.FromSeconds(20)).Should().BeTrue();
        }
    }

    [Test]
    public void What_finds_no_room_is_counted_and_told()
    {
        _log.Warning("holds the thread");
        _inner.Entered.Wait(TimeSpan.FromSeconds(20)).Should().BeTrue();
        for (var i = 0; i < QueuedSink.Capacity + 7; i++)
            _log.Information("x");

        _inner.Gate.Set();
        _log.Dispose();

        _inner.Lines.Should().HaveCount(1 + QueuedSink.Capacity + 1);
        _inner.Lines.Last().Should().Be("7 lines of the log were lost: more came than could be written");
    }

    [Test]
    public void A_sink_that_fails_once_gets_the_next()
    {
        _inner.Gate.Set();
        _inner.Fails = true;
        _log.Warning("fails");
        SpinWait.SpinUntil(() => !_inner.Fails, TimeSpan.FromSeconds(20)).Should().BeTrue();

        _log.Warning("goes on");
        _log.Dispose();

        _inner.Lines.Should().Equal("goes on");
    }

    [Test]
    public void The_other_sink_ends_with_it()
    {
        _inner.Gate.Set();

        _log.Dispose();

        _inner.IsDisposed.Should().BeTrue();
    }

    private sealed class Held : ILogEventSink, IDisposable
    {
        internal ManualResetEventSlim Gate { get; } = new();

        internal ManualResetEventSlim Entered { get; } = new();

        internal ConcurrentQueue<string> Lines { get; } = new();

        internal volatile bool Fails;

        internal bool IsDisposed { get; private set; }

        public void Emit(LogEvent logEvent)
        {
            Entered.Set();
            Gate.Wait();
            if (Fails)
            {
                Fails = false;
                throw new IOException("nobody reads this");
            }

            Lines.Enqueue(logEvent.RenderMessage());
        }

        public void Dispose() => IsDisposed = true;
    }
}

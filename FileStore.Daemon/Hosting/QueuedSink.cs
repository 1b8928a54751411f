using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Parsing;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Hands events to another sink on a thread of its own, many at a time: who logs waits neither for a disk nor for that
/// thread to be woken, which for each event costs more than all else about it. A full queue loses events, and says how
/// many. Disposing hands over what waits.
/// </summary>
internal sealed class QueuedSink : ILogEventSink, IDisposable
{
    /// <summary>Events that wait at most.</summary>
    internal const int Capacity = 10_000;

    private const int Together = 50; // milliseconds in which events gather

    private static readonly MessageTemplate Lost = new MessageTemplateParser().Parse("{Count} lines of the log were lost: more came than could be written");

    private readonly ILogEventSink _inner;
    private readonly ConcurrentQueue<LogEvent> _queue = new();
    private readonly AutoResetEvent _filled = new(false);
    private readonly AutoResetEvent _urgent = new(false);
    private readonly Thread _thread;
    private int _waiting;
    private int _lost;
    private volatile bool _ended;

    internal QueuedSink(ILogEventSink inner)
    {
        _inner = inner;
        _thread = new Thread(Serve) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    public void Emit(LogEvent logEvent)
    {
        if (Volatile.Read(ref _waiting) >= Capacity)
        {
            Interlocked.Increment(ref _lost);
            return;
        }

        _queue.Enqueue(logEvent);
        var waiting = Interlocked.Increment(ref _waiting); // after the event, so that one that nobody has taken has been told of
        if (waiting == 1)
            _filled.Set();
        if (logEvent.Level >= LogEventLevel.Warning || waiting == Capacity / 2)
            _urgent.Set();
    }

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _urgent.Set();
        _filled.Set();
        _thread.Join();
        (_inner as IDisposable)?.Dispose();
        _filled.Dispose();
        _urgent.Dispose();
    }

    private void Serve()
    {
        while (!_ended)
        {
            _filled.WaitOne();
            _urgent.WaitOne(Together);
            HandOver();
        }

        HandOver();
    }

    private void HandOver()
    {
        while (_queue.TryDequeue(out var logEvent))
        {
            Interlocked.Decrement(ref _waiting);
            HandOver(logEvent);
        }

        if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost)
            HandOver(new LogEvent(DateTimeOffset.Now, LogEventLevel.Warning, null, Lost, [new LogEventProperty("Count", new ScalarValue(lost))]));
    }

    private void HandOver(LogEvent logEvent)
    {
        try
        {
            _inner.Emit(logEvent);
        }
        catch (Exception e)
        {
            SelfLog.WriteLine("{0}", e); // a console that nobody reads any more, say: the log has nowhere else to tell it
        }
    }
}

using System.Text;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Parsing;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Makes text of events at once, and hands it on from a thread of its own, many lines at a time: who logs waits neither for
/// a disk nor for that thread to be woken, and no event lives long enough to burden the garbage collector. Lines that find
/// no room are lost, and it is said how many. Disposing hands over what waits.
/// </summary>
internal sealed class LogBuffer : ILogEventSink, IDisposable
{
    /// <summary>Events and lines that wait at most.</summary>
    internal const int Capacity = 10_000;

    /// <summary>Bytes that wait at most, but for the last one's.</summary>
    internal const int MaxSize = 8 << 20;

    private const int Together = 50; // milliseconds in which lines gather
    private const int KeptSize = 1 << 20; // bytes of a buffer; one that had to grow beyond is not kept

    private static readonly MessageTemplate Lost = new MessageTemplateParser().Parse("{Count} lines of the log were lost: more came than could be written");

    private readonly TimeProvider _time;
    private readonly LogLine _line;
    private readonly Action<ReadOnlySpan<byte>> _output;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _filled = new(false);
    private readonly AutoResetEvent _urgent = new(false);
    private readonly Thread _thread;
    private Text _waiting = new();
    private Text _spare = new();
    private int _lost;
    private volatile bool _ended;

    /// <param name="output">Is given text (UTF-8, whole lines), on that thread. What it throws is told to Serilog's own log.</param>
    /// <param name="time">The clock that lines are dated by.</param>
    internal LogBuffer(Action<ReadOnlySpan<byte>> output, TimeProvider time)
    {
        (_output, _time, _line) = (output, time, new LogLine(time));
        _thread = new Thread(Serve) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    public void Emit(LogEvent logEvent)
    {
        var exception = logEvent.Exception?.ToString(); // which may have to read symbols from a disk
        lock (_gate)
        {
            if (!TryReserve())
                return;
            _line.Write(logEvent, exception, _waiting.Writer);
        }

        if (logEvent.Level >= LogEventLevel.Warning)
            _urgent.Set();
    }

    /// <summary>Adds a line of information that is no event: an event costs more than all else about a small request's line.</summary>
    internal void Write(ReadOnlySpan<char> line)
    {
        lock (_gate)
        {
            if (TryReserve())
                _line.Write(line, _waiting.Writer);
        }
    }

    public void Dispose()
    {
        if (_ended)
            return;
        lock (_gate)
            _ended = true;
        _urgent.Set();
        _filled.Set();
        _thread.Join();
        _filled.Dispose();
        _urgent.Dispose();
    }

    private void Serve()
    {
        while (!_ended)
        {
            _filled.WaitOne();
            _urgent.WaitOne(Together);
            Flush();
        }

        Flush();
    }

    /// <summary>Whether one more line may be added, which is then counted.</summary>
    private bool TryReserve()
    {
        if (_ended)
            return false;
        if (_waiting.Lines == Capacity || _waiting.Length >= MaxSize)
        {
            _lost++;
            return false;
        }

        if (++_waiting.Lines == 1)
            _filled.Set();
        if (_waiting.Lines == Capacity / 2)
            _urgent.Set();
        return true;
    }

    private void Flush()
    {
        Text full;
        lock (_gate)
        {
            full = _waiting;
            if (_lost > 0)
            {
                full.Lines++;
                _line.Write(new LogEvent(_time.GetLocalNow(), LogEventLevel.Warning, null, Lost, [new LogEventProperty("Count", new ScalarValue(_lost))]), null, full.Writer);
            }

            (_waiting, _lost) = (_spare, 0);
        }

        try
        {
            if (full.Lines > 0)
                _output(full.Bytes);
        }
        catch (Exception e)
        {
            SelfLog.WriteLine("{0}", e); // a console that nobody reads any more, say: the log has nowhere else to tell it
        }

        _spare = full.Room > KeptSize ? new Text() : full.Emptied();
    }

    /// <summary>Lines that wait.</summary>
    private sealed class Text
    {
        private readonly MemoryStream _bytes = new();

        internal Text() => Writer = new StreamWriter(_bytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

        internal StreamWriter Writer { get; }

        internal int Lines { get; set; }

        internal long Length => _bytes.Length;

        internal int Room => _bytes.Capacity;

        internal ReadOnlySpan<byte> Bytes
        {
            get
            {
                Writer.Flush();
                return _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);
            }
        }

        internal Text Emptied()
        {
            _bytes.SetLength(0);
            Lines = 0;
            return this;
        }
    }
}

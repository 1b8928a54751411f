using System.Text;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Parsing;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// Formats events at once, and writes the text from a thread of its own, many lines at a time. Callers wait neither for the
/// disk nor for that thread, and no event lives long enough to burden the garbage collector. Lines that do not fit are lost
/// and counted in the log. Disposing writes the rest.
/// </summary>
internal sealed class LogBuffer : ILogEventSink, IDisposable
{
    /// <summary>The most lines that wait.</summary>
    internal const int Capacity = 10_000;

    /// <summary>The most bytes that wait, without those of the last line.</summary>
    internal const int MaxSize = 8 << 20;

    private const int GatherTime = 50; // milliseconds
    private const int KeptSize = 1 << 20; // bytes of a buffer; a larger one is not kept

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

    /// <param name="output">Writes text (UTF-8, whole lines), on that thread. Its exceptions go to Serilog's own log.</param>
    /// <param name="time">The clock of the lines.</param>
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

    /// <summary>Adds a line at level information, without the cost of an event.</summary>
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
            _urgent.WaitOne(GatherTime);
            Flush();
        }

        Flush();
    }

    /// <summary>Reserves room for one more line; false if there is none.</summary>
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
            SelfLog.WriteLine("{0}", e); // such as a console that nobody reads any more; the log has no other place for it
        }

        _spare = full.Room > KeptSize ? new Text() : full.Emptied();
    }

    /// <summary>Waiting lines.</summary>
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

using System.Globalization;
using System.Text;
using FileStore.Core.Primitives;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// The log's file: <c>server.log</c> is the current one, <c>server.log.1</c> the newest of the older ones. (Serilog's own
/// rolling file numbers the other way round.) A disk that is full loses lines, never the daemon: writing is tried again,
/// and how many lines were lost is said then. A pipe or a terminal is written to and never renamed.
/// </summary>
internal sealed class RotatingLogFile : ILogEventSink, IDisposable
{
    internal const long MaxSize = 10_000_000;
    internal const int Kept = 10;

    private const int BufferSize = 64 << 10;
    private const int FlushEvery = 200;
    private const long RetryAfter = 2_000;

    private readonly string _path;
    private readonly ITextFormatter _formatter;
    private readonly Lock _gate = new();
    private readonly StringBuilder _pending = new();
    private readonly Timer _flush;
    private AppendFile? _file;
    private long _lost;
    private int _pendingLines;
    private long _failedAt = long.MinValue / 2;

    /// <exception cref="IOException">The file cannot be opened, for another reason than a full disk.</exception>
    /// <exception cref="UnauthorizedAccessException">Its folder may not be made.</exception>
    internal RotatingLogFile(string path, ITextFormatter formatter)
    {
        _path = path;
        _formatter = formatter;
        try
        {
            _file = Open();
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            _failedAt = Environment.TickCount64;
        }

        // Armed again after each turn: a disk that stalls holds one thread, not one more with every tick.
        _flush = new Timer(_ => FlushAndRearm(), null, FlushEvery, Timeout.Infinite);
    }

    /// <summary>Called, with the file, each time one is opened.</summary>
    internal Action<AppendFile>? Opened { get; set; }

    public void Emit(LogEvent logEvent)
    {
        lock (_gate)
        {
            using (var writer = new StringWriter(_pending, CultureInfo.InvariantCulture))
                _formatter.Format(logEvent, writer);
            _pendingLines++;
            if (_pending.Length >= BufferSize || logEvent.Level >= LogEventLevel.Warning)
                WritePending();
        }
    }

    /// <summary>Writes what waits. It is done five times a second anyway.</summary>
    internal void Flush()
    {
        lock (_gate)
            WritePending();
    }

    /// <summary>Opens the file anew by its name, for whoever has moved it away.</summary>
    internal void Reopen()
    {
        lock (_gate)
        {
            WritePending();
            Close();
            TryOpen();
        }
    }

    public void Dispose()
    {
        _flush.Dispose();
        lock (_gate)
        {
            WritePending();
            Close();
        }
    }

    private void FlushAndRearm()
    {
        Flush();
        try
        {
            _flush.Change(FlushEvery, Timeout.Infinite);
        }
        catch (ObjectDisposedException)
        {
            // The log has ended meanwhile.
        }
    }

    private void WritePending()
    {
        if (_pendingLines == 0)
            return;
        if (!TryOpen() || !TryWrite())
            _lost += _pendingLines;
        else
            _lost = 0;
        _pending.Clear();
        _pendingLines = 0;
        RotateWhenLarge();
    }

    private bool TryWrite()
    {
        try
        {
            if (_lost > 0)
                _pending.Insert(0, $"({_lost} lines of the log were lost: it could not be written)\n");
            _file!.Write(Encoding.UTF8.GetBytes(_pending.ToString()));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail();
            return false;
        }
    }

    private void RotateWhenLarge()
    {
        try
        {
            if (_file is null || _file.Length < MaxSize)
                return;
            Close();
            for (var number = Kept - 1; number >= 0; number--)
            {
                var from = number == 0 ? _path : $"{_path}.{number}";
                if (File.Exists(from))
                    File.Move(from, $"{_path}.{number + 1}", overwrite: true);
            }

            _file = Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail();
        }
    }

    private bool TryOpen()
    {
        if (_file is not null)
            return true;
        if (Environment.TickCount64 - _failedAt < RetryAfter)
            return false;
        try
        {
            _file = Open();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail();
            return false;
        }
    }

    private AppendFile Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var file = AppendFile.Open(_path);
        Opened?.Invoke(file);
        return file;
    }

    private void Fail()
    {
        _failedAt = Environment.TickCount64;
        Close();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private static bool IsDiskFull(IOException e) => e.HResult is 28 or 122; // ENOSPC, EDQUOT
}

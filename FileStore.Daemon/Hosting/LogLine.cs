using System.Globalization;
using Serilog.Events;

namespace FileStore.Daemon.Hosting;

/// <summary>Formats an event for the file and the console: time, level as the option --log names it, text. Not thread-safe.</summary>
/// <param name="time">The clock, and its time zone.</param>
internal sealed class LogLine(TimeProvider time)
{
    private const int MillisecondsOffset = 20;

    private readonly char[] _time = new char["2026-11-22 01:50:32.000+00:00 ".Length];
    private DateTimeOffset _second; // of the formatted time

    /// <summary>Writes an event, with the text of its exception if it has one.</summary>
    internal void Write(LogEvent logEvent, string? exception, TextWriter output)
    {
        Begin(logEvent.Timestamp, logEvent.Level, output);
        logEvent.RenderMessage(output, CultureInfo.InvariantCulture);
        output.Write('\n');
        if (exception is not null)
            output.Write($"{exception}\n");
    }

    /// <summary>Writes a text with the current time, at level information.</summary>
    internal void Write(ReadOnlySpan<char> text, TextWriter output)
    {
        Begin(time.GetLocalNow(), LogEventLevel.Information, output);
        output.Write(text);
        output.Write('\n');
    }

    private void Begin(DateTimeOffset time, LogEventLevel level, TextWriter output)
    {
        var milliseconds = time.Millisecond;
        var second = time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
        if (!second.EqualsExact(_second))
        {
            _second = second;
            second.TryFormat(_time, out _, "yyyy-MM-dd HH:mm:ss.fffzzz ", CultureInfo.InvariantCulture);
        }

        milliseconds.TryFormat(_time.AsSpan(MillisecondsOffset, 3), out _, "D3", CultureInfo.InvariantCulture);
        output.Write(_time);
        output.Write(level switch
        {
            LogEventLevel.Debug or LogEventLevel.Verbose => "DEBUG ",
            LogEventLevel.Information => "INFO ",
            LogEventLevel.Warning => "WARNING ",
            _ => "ERROR ",
        });
    }
}

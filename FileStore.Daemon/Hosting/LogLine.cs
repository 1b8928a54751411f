using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;

namespace FileStore.Daemon.Hosting;

/// <summary>How an event looks in the file and on the console: time, level as the option --log names it, text.</summary>
internal sealed class LogLine : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        Span<char> time = stackalloc char[32];
        logEvent.Timestamp.TryFormat(time, out var length, "yyyy-MM-dd HH:mm:ss.fffzzz ", CultureInfo.InvariantCulture);
        output.Write(time[..length]);
        output.Write(logEvent.Level switch
        {
            LogEventLevel.Debug or LogEventLevel.Verbose => "DEBUG ",
            LogEventLevel.Information => "INFO ",
            LogEventLevel.Warning => "WARNING ",
            _ => "ERROR ",
        });
        logEvent.RenderMessage(output, CultureInfo.InvariantCulture);
        output.Write('\n');
        if (logEvent.Exception is not null)
            output.Write($"{logEvent.Exception}\n");
    }
}

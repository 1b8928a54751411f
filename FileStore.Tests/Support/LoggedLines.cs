using System.Globalization;
using FileStore.Daemon.Http;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace FileStore.Tests.Support;

/// <summary>A log that remembers what it was told, one line an event: the level, then the text.</summary>
internal sealed class LoggedLines : ILogEventSink
{
    private readonly List<string> _lines = [];

    public LoggedLines() => Logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(this).CreateLogger();

    public ILogger Logger { get; }

    /// <summary>Puts the lines of requests among the others.</summary>
    public AccessLog Access => new(line => Logger.Information("{Line:l}", line.ToString()));

    public string[] Warnings => [.. All.Where(line => line.StartsWith("Warning ", StringComparison.Ordinal))];

    public string[] All
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public void Emit(LogEvent logEvent)
    {
        lock (_lines)
            _lines.Add($"{logEvent.Level} {logEvent.RenderMessage(CultureInfo.InvariantCulture)}");
    }
}

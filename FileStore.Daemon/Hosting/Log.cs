using FileStore.Core.Primitives;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
using Serilog.Events;

namespace FileStore.Daemon.Hosting;

/// <summary>The daemon's log: a file always, the console too where somebody watches. Writing happens on a thread of its own.</summary>
internal sealed class Log : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    private readonly RotatingLogFile _file;
    private readonly Logger _logger;

    /// <exception cref="StartException">The file cannot be written.</exception>
    internal Log(DaemonOptions options, bool toConsole)
    {
        var format = new LogLine();
        try
        {
            _file = new RotatingLogFile(options.LogFile, format);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the log '{options.LogFile}' cannot be written: {e.Message}");
        }

        var logging = new LoggerConfiguration().MinimumLevel.Is(options.LogLevel).WriteTo.Sink(new QueuedSink(_file));
        if (toConsole)
            LoggerSinkConfiguration.Wrap(logging.WriteTo, console => new QueuedSink(console), sinks => sinks.Console(format), LevelAlias.Minimum, null);
        _logger = logging.CreateLogger();
    }

    internal ILogger Logger => _logger;

    internal void Reopen() => _file.Reopen();

    /// <summary>Calls back with the file now, and again whenever it is another one.</summary>
    internal void OnOpened(Action<AppendFile> opened)
    {
        _file.Opened = opened;
        _file.Reopen();
    }

    /// <summary>Writes what waits; but a console whose reader has stopped reading, or a disk that hangs, is not waited for.</summary>
    public void Dispose() => Task.Run(_logger.Dispose).Wait(LastWords);
}

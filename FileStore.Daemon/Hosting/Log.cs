using FileStore.Core.Primitives;
using Serilog;
using Serilog.Core;

namespace FileStore.Daemon.Hosting;

/// <summary>The daemon's log: a file always, the console too where somebody watches. Writing happens on a thread of its own.</summary>
internal sealed class Log : IDisposable
{
    private const int Waiting = 10_000;

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

        // A full queue drops lines rather than hold up requests.
        var logging = new LoggerConfiguration().MinimumLevel.Is(options.LogLevel)
            .WriteTo.Async(sinks => sinks.Sink(_file), Waiting);
        if (toConsole)
            logging = logging.WriteTo.Async(sinks => sinks.Console(format), Waiting);
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

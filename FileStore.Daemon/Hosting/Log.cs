using System.Globalization;
using System.Text;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Sinks.SystemConsole.Themes;

namespace FileStore.Daemon.Hosting;

/// <summary>The daemon's log: a file always, the console too where somebody watches. Writing happens on a thread of its own.</summary>
internal sealed class Log : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    private readonly RotatingLogFile _file;
    private readonly Logger _logger;
    private readonly Logger _console = new LoggerConfiguration()
        .WriteTo.Console(outputTemplate: "{Text:l}", formatProvider: CultureInfo.InvariantCulture, theme: ConsoleTheme.None).CreateLogger();

    /// <exception cref="StartException">The file cannot be written.</exception>
    internal Log(DaemonOptions options, bool toConsole, TimeProvider time)
    {
        try
        {
            _file = new RotatingLogFile(options.LogFile, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the log '{options.LogFile}' cannot be written: {e.Message}");
        }

        LogBuffer[] buffers = toConsole ? [new(_file.Append, time), new(WriteToConsole, time)] : [new(_file.Append, time)];
        var logging = new LoggerConfiguration().MinimumLevel.Is(options.LogLevel);
        foreach (var buffer in buffers)
            logging.WriteTo.Sink(buffer);
        _logger = logging.CreateLogger();
        var told = options.LogLevel <= LogEventLevel.Information ? buffers : [];
        Access = new AccessLog(line =>
        {
            foreach (var buffer in told)
                buffer.Write(line);
        });
    }

    /// <summary>A line for each request.</summary>
    internal AccessLog Access { get; }

    internal ILogger Logger => _logger;

    internal void Reopen() => _file.Reopen();

    /// <summary>Calls back with the file now, and again whenever it is another one.</summary>
    internal void OnOpened(Action<AppendFile> opened)
    {
        _file.Opened = opened;
        _file.Reopen();
    }

    /// <summary>Writes what waits; but a console whose reader has stopped reading, or a disk that hangs, is not waited for.</summary>
    public void Dispose() => Task.Run(() =>
    {
        _logger.Dispose();
        _console.Dispose();
        _file.Dispose();
    }).Wait(LastWords);

    private void WriteToConsole(ReadOnlySpan<byte> text) => _console.Information("{Text:l}", Encoding.UTF8.GetString(text));
}

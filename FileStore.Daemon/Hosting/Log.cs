using System.Globalization;
using System.Text;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Options;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Sinks.SystemConsole.Themes;

namespace FileStore.Daemon.Hosting;

/// <summary>The daemon's log: a file, and the console too in the foreground. A thread of its own writes it.</summary>
internal sealed class Log : IDisposable
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(3);

    private readonly Logger _logger;
    private readonly Logger _console = new LoggerConfiguration()
        .WriteTo.Console(outputTemplate: "{Text:l}", formatProvider: CultureInfo.InvariantCulture, theme: ConsoleTheme.None).CreateLogger();

    private readonly ManualResetEventSlim _begun = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private RotatingLogFile? _file;
    private bool _isNewFile;

    /// <summary>Keeps events in memory until <see cref="Begin"/>.</summary>
    internal Log(DaemonOptions options, bool toConsole, TimeProvider time)
    {
        (_path, _time) = (options.LogFile, time);
        LogBuffer[] buffers = toConsole ? [new(Append, time), new(WriteToConsole, time)] : [new(Append, time)];
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

    /// <summary>Opens or creates the file, and writes nothing yet.</summary>
    /// <exception cref="StartException">The file cannot be written.</exception>
    internal void Open()
    {
        try
        {
            _isNewFile = !File.Exists(_path);
            _file = new RotatingLogFile(_path, _time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the log '{_path}' cannot be written: {e.Message}");
        }
    }

    /// <summary>Writes the events so far, and all later ones. Without this call, disposing leaves no trace of the log.</summary>
    internal void Begin() => _begun.Set();

    internal void Reopen() => _file?.Reopen();

    /// <summary>Calls back with the open file, now and each time that another one is opened.</summary>
    internal void OnOpened(Action<AppendFile> opened)
    {
        _file!.Opened = opened;
        _file.Reopen();
    }

    /// <summary>Writes the waiting events; gives up on a console that nobody reads and on a disk that hangs.</summary>
    public void Dispose()
    {
        if (!_begun.IsSet)
            Withdraw();
        Task.Run(() =>
        {
            _logger.Dispose();
            _console.Dispose();
            _file?.Dispose();
            _begun.Dispose();
        }).Wait(ShutdownTimeout);
    }

    /// <summary>Removes the file of a daemon that could not start, unless it is another daemon's.</summary>
    private void Withdraw()
    {
        _file?.Dispose();
        if (_file is not null && _isNewFile)
            File.Delete(_path);
        _file = null;
        _begun.Set();
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        _begun.Wait();
        _file?.Append(lines);
    }

    private void WriteToConsole(ReadOnlySpan<byte> text) => _console.Information("{Text:l}", Encoding.UTF8.GetString(text));
}

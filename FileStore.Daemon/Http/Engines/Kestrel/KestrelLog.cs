using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// Writes Kestrel's messages to our log: errors as errors, warnings at debug level. Kestrel logs clients' mistakes at lower
/// levels, so they do not appear.
/// </summary>
internal sealed class KestrelLog(Serilog.ILogger log) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("there is one log");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "RequestBodyDrainBodyReaderInvalidState")
            return; // it failed to drain the body of a refused request, which was drained here
        if (exception is ConnectionAbortedException)
            log.Information("a connection was cut: {Reason:l}", exception.Message); // caused by a single client, maybe often
        else if (logLevel >= LogLevel.Error)
            log.Error(exception, "{Message:l}", formatter(state, exception));
        else if (IsEnabled(logLevel))
            log.Debug(exception, "{Message:l}", formatter(state, exception));
    }

    public void Dispose()
    {
    }
}

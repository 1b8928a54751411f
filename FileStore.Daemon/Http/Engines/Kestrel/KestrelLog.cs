using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>
/// What Kestrel has to say, in our log: its errors as such, the rest for those who debug. What clients do wrong it tells
/// below that level, and so not at all.
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
            return; // it wanted to read what a client sends that was refused, and we have
        if (exception is ConnectionAbortedException)
            log.Information("a connection was cut: {Reason:l}", exception.Message); // one client's doing, who may do it often
        else if (logLevel >= LogLevel.Error)
            log.Error(exception, "{Message:l}", formatter(state, exception));
        else if (IsEnabled(logLevel))
            log.Debug(exception, "{Message:l}", formatter(state, exception));
    }

    public void Dispose()
    {
    }
}

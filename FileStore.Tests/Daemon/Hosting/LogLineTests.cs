using System.Globalization;
using FileStore.Daemon.Hosting;
using FluentAssertions;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class LogLineTests
{
    [TestCase(LogEventLevel.Verbose, "DEBUG")]
    [TestCase(LogEventLevel.Debug, "DEBUG")]
    [TestCase(LogEventLevel.Information, "INFO")]
    [TestCase(LogEventLevel.Warning, "WARNING")]
    [TestCase(LogEventLevel.Error, "ERROR")]
    [TestCase(LogEventLevel.Fatal, "ERROR")]
    public void A_line_is_time_level_and_text(LogEventLevel level, string name) =>
        Format(log => log.Write(level, "stored {Count} of {Name:l}", 3, "отчёт"))
            .Should().MatchRegex($@"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{3}}[+-]\d\d:\d\d {name} stored 3 of отчёт\n$");

    [Test]
    public void The_time_is_the_events_own() =>
        DateTimeOffset.ParseExact(Format(log => log.Information("x"))[..29], "yyyy-MM-dd HH:mm:ss.fffzzz", CultureInfo.InvariantCulture)
            .Should().BeCloseTo(DateTimeOffset.Now, TimeSpan.FromMinutes(1));

    [Test]
    public void Numbers_are_written_alike_everywhere() =>
        Format(log => log.Information("{Ms:0.0} ms", 1234.56)).Should().EndWith(" INFO 1234.6 ms\n");

    [Test]
    public void An_exception_follows_its_line()
    {
        var text = Format(log => log.Error(new InvalidOperationException("the reason"), "failed"));

        text.Split('\n')[0].Should().EndWith(" ERROR failed");
        text.Split('\n')[1].Should().Contain("InvalidOperationException").And.Contain("the reason");
        text.Should().EndWith("\n");
    }

    private static string Format(Action<ILogger> write)
    {
        var sink = new Sink();
        using (var log = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(sink).CreateLogger())
            write(log);
        return sink.Written.ToString();
    }

    private sealed class Sink : ILogEventSink
    {
        internal StringWriter Written { get; } = new(CultureInfo.InvariantCulture);

        public void Emit(LogEvent logEvent) => new LogLine().Write(logEvent, Written);
    }
}

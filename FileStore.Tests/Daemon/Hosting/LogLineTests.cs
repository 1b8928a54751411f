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
    public void Every_line_has_its_own_time()
    {
        var (line, written) = (new LogLine(TimeProvider.System), new StringWriter());
        var start = new DateTimeOffset(2026, 3, 29, 1, 59, 59, 998, TimeSpan.FromHours(1));
        foreach (var time in (DateTimeOffset[])[start, start.AddMilliseconds(1), start.AddMilliseconds(2).ToOffset(TimeSpan.FromHours(2)), start, start.ToOffset(TimeSpan.FromHours(-3))])
            line.Write(new LogEvent(time, LogEventLevel.Information, null, MessageTemplate.Empty, []), null, written);

        written.ToString().Should().Be("""
            2026-03-29 01:59:59.998+01:00 INFO 
            2026-03-29 01:59:59.999+01:00 INFO 
            2026-03-29 03:00:00.000+02:00 INFO 
            2026-03-29 01:59:59.998+01:00 INFO 
            2026-03-28 21:59:59.998-03:00 INFO 

            """);
    }

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

        public void Emit(LogEvent logEvent) => new LogLine(TimeProvider.System).Write(logEvent, logEvent.Exception?.ToString(), Written);
    }
}

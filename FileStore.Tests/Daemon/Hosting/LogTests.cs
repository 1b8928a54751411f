using System.Net;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Options;
using FileStore.Tests.Support;
using FluentAssertions;
using Serilog.Events;

namespace FileStore.Tests.Daemon.Hosting;

[TestFixture]
public sealed class LogTests
{
    [TestCase(LogEventLevel.Debug, true)]
    [TestCase(LogEventLevel.Information, true)]
    [TestCase(LogEventLevel.Warning, false)]
    [TestCase(LogEventLevel.Error, false)]
    public void Requests_are_information(LogEventLevel level, bool isThere)
    {
        using var folder = new TempFolder();
        var path = folder["log/server.log"];
        using (var log = new Log(new DaemonOptions { LogFile = path, LogLevel = level }, toConsole: false, TimeProvider.System))
        {
            log.Open();
            log.Begin();
            log.Access.Write("GET", "/files", 200, 5, TimeSpan.FromMilliseconds(1.5), IPAddress.Loopback);
            log.Logger.Error("it failed");
        }

        var text = File.ReadAllText(path);
        text.Should().EndWith(" ERROR it failed\n");
        text.Contains(" INFO GET /files 200 5 B 1.5 ms 127.0.0.1\n", StringComparison.Ordinal).Should().Be(isThere);
    }

    [Test]
    public void A_log_that_is_never_begun_leaves_no_trace()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["old"], "another's\n");
        foreach (var name in (string[])["new", "old"])
        {
            using var log = new Log(new DaemonOptions { LogFile = folder[name] }, toConsole: false, TimeProvider.System);
            log.Open();
            log.Logger.Error("it failed");
        }

        File.Exists(folder["new"]).Should().BeFalse();
        File.ReadAllText(folder["old"]).Should().Be("another's\n");
    }

    [Test]
    public void Events_before_the_log_begins_are_written_when_it_begins()
    {
        using var folder = new TempFolder();
        using (var log = new Log(new DaemonOptions { LogFile = folder["log"] }, toConsole: false, TimeProvider.System))
        {
            log.Logger.Information("early");
            log.Open();
            log.Begin();
            log.Logger.Information("late");
        }

        File.ReadAllText(folder["log"]).Should().MatchRegex("INFO early\n.*INFO late\n$");
    }
}

using System.Net;
using FileStore.Daemon.Hosting;
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
            log.Access.Write("GET", "/files", 200, 5, TimeSpan.FromMilliseconds(1.5), IPAddress.Loopback);
            log.Logger.Error("it failed");
        }

        var text = File.ReadAllText(path);
        text.Should().EndWith(" ERROR it failed\n");
        text.Contains(" INFO GET /files 200 5 B 1.5 ms 127.0.0.1\n", StringComparison.Ordinal).Should().Be(isThere);
    }
}

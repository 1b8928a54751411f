using System.Diagnostics.Metrics;
using System.Globalization;
using FileStore.Daemon.Features.Operations;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Features.Operations;

[TestFixture]
public sealed class MetricsEndpointTests
{
    [Test]
    public async Task A_request_that_ends_meanwhile_is_one_that_runs_or_one_that_was_answered()
    {
        using var meter = new Meter("FileStore");
        var counts = new HttpMetrics(meter);
        using var reader = new MetricsReader(meter);
        var metrics = new MetricsEndpoint(reader);
        var (begun, isOver) = (0L, false);
        var requests = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                counts.Begin();
                Interlocked.Increment(ref begun);
                Thread.SpinWait(500);
                counts.End("/", new FakeExchange { Status = 200 }, TimeSpan.Zero);
                Thread.SpinWait(500);
            }
        });

        try
        {
            for (var i = 0; i < 300; i++)
            {
                var least = Interlocked.Read(ref begun);
                var exchange = new FakeExchange();
                await metrics.ShowAsync(new Request(exchange, "id"));
                var all = Figure(exchange.Text, "filestore_http_requests_in_flight") + Figure(exchange.Text, "filestore_http_requests_total{");
                all.Should().BeGreaterThanOrEqualTo(least);
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await requests;
        }
    }

    private static long Figure(string text, string beginning) =>
        text.Split('\n').SingleOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } line
            ? long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)
            : 0;
}

using System.Diagnostics.Metrics;
using FileStore.Daemon.Features.Operations;
using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

[TestFixture]
public sealed class HttpMetricsTests
{
    private Meter _meter;
    private HttpMetrics _metrics;
    private MetricsReader _reader;

    [SetUp]
    public void MakeMetrics()
    {
        _meter = new Meter("FileStore");
        _metrics = new HttpMetrics(_meter);
        _reader = new MetricsReader(_meter);
    }

    [TearDown]
    public void DisposeMetrics()
    {
        _reader.Dispose();
        _meter.Dispose();
    }

    [Test]
    public void Requests_are_counted_by_route_method_and_status()
    {
        End("/", "GET", 200);
        End("/", "GET", 200);
        End("/", "HEAD", 200);
        End("/", "GET", 404);

        Requests().Should().BeEquivalentTo([("route=/ method=GET status=200", 2.0), ("route=/ method=HEAD status=200", 1.0), ("route=/ method=GET status=404", 1.0)]);
        _metrics.Ended.Should().Be(4);
    }

    [Test]
    public void Unknown_methods_and_paths_are_counted_as_one()
    {
        foreach (var method in (string[])["BREW", "get", "X\"Y", new string('A', 1000)])
            End(null, method, 404);

        Requests().Should().Equal(("route=none method=other status=404", 4.0));
    }

    [TestCase(0, 0)]
    [TestCase(0.5, 0)]
    [TestCase(0.51, 1)]
    [TestCase(1, 1)]
    [TestCase(60_000, 15)]
    [TestCase(60_001, 16)]
    public void A_duration_falls_into_the_bucket_that_ends_with_it_or_above_it(double milliseconds, int index)
    {
        End("/", "GET", 200, TimeSpan.FromMilliseconds(milliseconds));

        Buckets().Should().Equal(Enumerable.Range(0, HttpMetrics.Bounds.Length + 1).Select(i => i < index ? 0.0 : 1.0), "each bucket has the lower ones too");
        Read("filestore_http_request_duration_seconds_sum").Should().ContainSingle().Which.Value.Should().BeApproximately(milliseconds / 1000, 1e-6);
        Read("filestore_http_request_duration_seconds_count").Should().ContainSingle().Which.Value.Should().Be(1);
    }

    [Test]
    public void Running_requests_are_counted_until_they_end()
    {
        _metrics.Begin();
        _metrics.Begin();
        _metrics.Running.Should().Be(2);
        Read("filestore_http_requests_in_flight").Should().ContainSingle().Which.Value.Should().Be(2);

        _metrics.End("/", new FakeExchange(), TimeSpan.Zero).Should().Be(1);
        _metrics.End("/", new FakeExchange(), TimeSpan.Zero).Should().Be(0);
    }

    [Test]
    public async Task No_request_is_lost_when_many_end_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                End("/", "GET", 200, TimeSpan.FromTicks(1));
        })));

        Requests().Should().Equal(("route=/ method=GET status=200", 80_000.0));
        Buckets().Should().AllBeEquivalentTo(80_000.0);
        (_metrics.Ended, _metrics.Running).Should().Be((80_000L, 0));
    }

    [Test]
    public void Another_meter_of_the_same_name_is_not_read()
    {
        using var meter = new Meter("FileStore");
        var others = new HttpMetrics(meter);
        others.Begin();
        others.End("/", new FakeExchange(), TimeSpan.Zero);

        Requests().Should().BeEmpty();
    }

    private List<double> Buckets() => [.. Read("filestore_http_request_duration_seconds_bucket").Select(sample => sample.Value)];

    private List<(string Tags, double Count)> Requests() => [.. Read("filestore_http_requests_total")
        .Select(sample => (string.Join(' ', sample.Tags.Select(tag => $"{tag.Key}={tag.Value}")), sample.Value))];

    private List<MetricSample> Read(string name)
    {
        List<MetricSample> found = [];
        _reader.Read((instrument, samples) => found.AddRange(instrument.Name == name ? samples : []));
        return found;
    }

    private void End(string? route, string method, int status, TimeSpan time = default)
    {
        _metrics.Begin();
        _metrics.End(route, new FakeExchange(method) { Status = status }, time);
    }
}

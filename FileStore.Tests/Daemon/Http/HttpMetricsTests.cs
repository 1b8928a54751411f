using FileStore.Daemon.Http;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

[TestFixture]
public sealed class HttpMetricsTests
{
    private HttpMetrics _counts;

    [SetUp]
    public void MakeCounts() => _counts = new HttpMetrics();

    [Test]
    public void Requests_are_counted_by_route_method_and_status()
    {
        End("/", "GET", 200);
        End("/", "GET", 200);
        End("/", "HEAD", 200);
        End("/", "GET", 404);

        _counts.Requests.Should().BeEquivalentTo(
            [(("/", "GET", 200), 2L), (("/", "HEAD", 200), 1L), (("/", "GET", 404), 1L)]);
        _counts.Ended.Should().Be(4);
    }

    [Test]
    public void What_strangers_make_up_is_counted_as_one()
    {
        foreach (var method in (string[])["BREW", "get", "X\"Y", new string('A', 1000)])
            End(null, method, 404);

        _counts.Requests.Should().ContainSingle().Which.Key.Should().Be(("none", "other", 404));
    }

    [TestCase(0, 0)]
    [TestCase(0.5, 0)]
    [TestCase(0.51, 1)]
    [TestCase(1, 1)]
    [TestCase(60_000, 15)]
    [TestCase(60_001, 16)]
    public void A_time_falls_into_the_class_that_ends_with_it_or_above_it(double milliseconds, int index)
    {
        End("/", "GET", 200, TimeSpan.FromMilliseconds(milliseconds));

        var times = _counts.Latencies.Should().ContainSingle().Which.Value;
        times.Buckets.Select((count, i) => (count, i)).Where(entry => entry.count > 0).Should().Equal((1L, index));
        times.Seconds.Should().BeApproximately(milliseconds / 1000, 1e-6);
    }

    [Test]
    public void Those_that_run_are_known_until_they_end()
    {
        _counts.Begin();
        _counts.Begin();
        _counts.Running.Should().Be(2);

        _counts.End("/", new FakeExchange(), TimeSpan.Zero).Should().Be(1);
        _counts.End("/", new FakeExchange(), TimeSpan.Zero).Should().Be(0);
    }

    [Test]
    public async Task Nothing_is_lost_when_many_end_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                End("/", "GET", 200, TimeSpan.FromTicks(1));
        })));

        _counts.Requests.Should().ContainSingle().Which.Count.Should().Be(80_000);
        _counts.Latencies.Should().ContainSingle().Which.Value.Buckets[0].Should().Be(80_000);
        (_counts.Ended, _counts.Running).Should().Be((80_000L, 0));
    }

    private void End(string? route, string method, int status, TimeSpan time = default)
    {
        _counts.Begin();
        _counts.End(route, new FakeExchange(method) { Status = status }, time);
    }
}

using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>What monitoring sees of the daemon.</summary>
[EngineNeutral]
public sealed partial class MetricsStories(string engine) : DaemonFixture(engine, "--jobs", "--host", "127.0.0.1")
{
    [Test]
    public async Task Requests_bytes_and_blobs_are_counted()
    {
        var content = Bytes.Random(10_000);
        var before = await ReadAsync();

        using (var stored = await Client.PostAsync("/", new ByteArrayContent(content)))
            stored.StatusCode.Should().Be(HttpStatusCode.OK);
        using (var again = await Client.PostAsync("/", new ByteArrayContent(content)))
            again.StatusCode.Should().Be(HttpStatusCode.OK);
        var path = $"/files/{Bytes.Sha256(content)}";
        (await Client.GetByteArrayAsync(path)).Should().Equal(content);
        using (var deleted = await Client.DeleteAsync(path))
            deleted.StatusCode.Should().Be(HttpStatusCode.OK);
        using (var absent = await Client.GetAsync(path))
            absent.StatusCode.Should().Be(HttpStatusCode.NotFound);
        using (var nothing = await Client.GetAsync("/no/such/path"))
            nothing.StatusCode.Should().Be(HttpStatusCode.NotFound);

        var after = await ReadAsync();
        double Growth(string sample) => after.GetValueOrDefault(sample) - before.GetValueOrDefault(sample);
        Growth("filestore_http_requests_total{route=\"/\",method=\"POST\",status=\"200\"}").Should().Be(2);
        Growth("filestore_http_requests_total{route=\"/files/{hash}\",method=\"GET\",status=\"200\"}").Should().Be(1);
        Growth("filestore_http_requests_total{route=\"/files/{hash}\",method=\"GET\",status=\"404\"}").Should().Be(1);
        Growth("filestore_http_requests_total{route=\"none\",method=\"GET\",status=\"404\"}").Should().Be(1);
        Growth("filestore_http_request_duration_seconds_count{route=\"/files/{hash}\",method=\"GET\"}").Should().Be(2);
        Growth("filestore_http_received_bytes_total").Should().Be(20_000);
        Growth("filestore_http_sent_bytes_total").Should().BeGreaterThan(10_000);
        Growth("filestore_blobs_stored_total").Should().Be(1);
        Growth("filestore_blobs_deduplicated_total").Should().Be(1);
        Growth("filestore_blobs_removed_total").Should().Be(1);
        after["filestore_http_requests_in_flight"].Should().Be(1, "of this very request");
    }

    [Test]
    public async Task The_process_is_described_with_figures_that_can_be_true()
    {
        var figures = await ReadAsync();

        figures["process_resident_memory_bytes"].Should().BeInRange(10e6, 2e9);
        figures["process_open_fds"].Should().BeInRange(5, figures["process_max_fds"]);
        figures["process_threads"].Should().BeInRange(2, 1000);
        figures["process_cpu_seconds_total"].Should().BePositive();
        figures["dotnet_gc_allocated_bytes_total"].Should().BePositive();
        DateTimeOffset.FromUnixTimeSeconds((long)figures["process_start_time_seconds"]).Should()
            .BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(30));
    }

    [Test]
    public async Task Jobs_are_counted_by_their_state()
    {
        var running = await Client.SubmitAsync("sleep 60");
        await Client.RunAsync("true");

        var figures = await ReadAsync();

        figures["filestore_jobs{state=\"running\"}"].Should().Be(1);
        figures["filestore_jobs{state=\"waiting\"}"].Should().Be(0);
        figures["filestore_jobs{state=\"done\"}"].Should().BeGreaterThanOrEqualTo(1);
        using var deleted = await Client.DeleteAsync($"/api/jobs/{running}");
        deleted.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Classes_of_time_add_up()
    {
        await ReadAsync();
        var figures = await ReadAsync();
        const string labels = "route=\"/metrics\",method=\"GET\"";

        var classes = figures.Where(figure => figure.Key.StartsWith($"filestore_http_request_duration_seconds_bucket{{{labels},", StringComparison.Ordinal))
            .Select(figure => figure.Value).ToArray();

        classes.Should().BeInAscendingOrder().And.HaveCountGreaterThan(10);
        classes[^1].Should().Be(figures[$"filestore_http_request_duration_seconds_count{{{labels}}}"]).And.BePositive();
        figures[$"filestore_http_request_duration_seconds_sum{{{labels}}}"].Should().BePositive();
    }

    /// <summary>Every sample by its name and labels, once no other request is on its way: one counts a moment after its answer is read.</summary>
    private async Task<Dictionary<string, double>> ReadAsync()
    {
        for (var tries = 0; ; tries++)
        {
            var samples = await ReadNowAsync();
            if (samples["filestore_http_requests_in_flight"] <= 1 || tries == 100)
                return samples;
            await Task.Delay(20);
        }
    }

    /// <summary>Each line has to be one of the format, and each sample of a metric that was announced.</summary>
    private async Task<Dictionary<string, double>> ReadNowAsync()
    {
        using var answer = await Client.GetAsync("/metrics");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().Should().Be("text/plain; version=0.0.4; charset=utf-8");
        var text = await answer.Content.ReadAsStringAsync();
        text.Should().EndWith("\n");
        var (samples, announced) = (new Dictionary<string, double>(), "");
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (Announcement().Match(line) is { Success: true } announcement)
            {
                announced = announcement.Groups.Cast<Group>().Skip(1).Single(group => group.Success).Value;
                continue;
            }

            Sample().Match(line).Should().Match<Match>(match => match.Success, line);
            line.Should().StartWith(announced);
            samples.Add(line[..line.LastIndexOf(' ')], double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }

        return samples;
    }

    [GeneratedRegex(@"^# (?:HELP ([a-z_]+) \S.*|TYPE ([a-z_]+) (?:counter|gauge|histogram))$")]
    private static partial Regex Announcement();

    [GeneratedRegex(@"^[a-z_]+(?:\{[a-z]+=""[^""]*""(?:,[a-z]+=""[^""]*"")*\})? [0-9.Ee+-]+$")]
    private static partial Regex Sample();
}

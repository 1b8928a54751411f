using System.Globalization;
using System.Text;
using FileStore.Core.Blobs;
using FileStore.Core.Jobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>What the daemon has done and is doing, for monitoring: GET of <c>/metrics</c>.</summary>
/// <param name="requests">The requests.</param>
/// <param name="blobs">What has happened to blobs.</param>
/// <param name="jobs">The jobs; null where they are off.</param>
internal sealed class MetricsEndpoint(HttpMetrics requests, BlobMetrics blobs, JobQueue? jobs)
{
    internal Task ShowAsync(Request request)
    {
        var text = new MetricsText();
        AddRequests(text);
        AddBlobs(text);
        if (jobs is not null)
            AddJobs(text, jobs);
        ProcessMetrics.Add(text);
        request.Exchange.SetHeader("Cache-Control", "no-store");
        return request.RespondAsync(200, MetricsText.ContentType, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void AddRequests(MetricsText text)
    {
        // Before those that were answered, or one that ends between would be in neither.
        text.Metric("filestore_http_requests_in_flight", "gauge", "Requests that are being handled, this one too.").Sample(requests.Running);
        text.Metric("filestore_http_requests_total", "counter", "Requests that were answered.");
        foreach (var ((route, method, status), count) in requests.Requests.OrderBy(entry => entry.Key))
            text.Sample(count, $"{Labels(route, method)},status=\"{status}\"");
        text.Metric("filestore_http_request_duration_seconds", "histogram", "How long they took, from their head to the end of the answer.");
        foreach (var ((route, method), times) in requests.Latencies.OrderBy(entry => entry.Key))
            AddTimes(text, Labels(route, method), times);
        text.Metric("filestore_http_received_bytes_total", "counter", "Bytes of requests' bodies.").Sample(requests.Received);
        text.Metric("filestore_http_sent_bytes_total", "counter", "Bytes of answers' bodies.").Sample(requests.Sent);
    }

    private static string Labels(string route, string method) => $"route=\"{MetricsText.Escape(route)}\",method=\"{method}\"";

    private static void AddTimes(MetricsText text, string labels, HttpMetrics.Latency times)
    {
        var total = 0L;
        foreach (var (count, bound) in times.Buckets.Zip(HttpMetrics.Bounds.Append(double.PositiveInfinity)))
        {
            total += count;
            var end = double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture);
            text.Sample(total, $"{labels},le=\"{end}\"", "_bucket");
        }

        text.Sample(times.Seconds, labels, "_sum").Sample(total, labels, "_count");
    }

    private void AddBlobs(MetricsText text) => text
        .Metric("filestore_blobs_stored_total", "counter", "Blobs that were new.").Sample(blobs.Stored)
        .Metric("filestore_blobs_deduplicated_total", "counter", "Uploads of bytes that were stored already.").Sample(blobs.Deduplicated)
        .Metric("filestore_blobs_repaired_total", "counter", "Damaged files that an upload of their bytes has replaced.").Sample(blobs.Repaired)
        .Metric("filestore_blobs_removed_total", "counter", "Blobs that were removed.").Sample(blobs.Removed);

    private static void AddJobs(MetricsText text, JobQueue jobs)
    {
        var (waiting, running, done) = jobs.Counts();
        text.Metric("filestore_jobs", "gauge", "Jobs that there are, by their state.")
            .Sample(waiting, "state=\"waiting\"").Sample(running, "state=\"running\"").Sample(done, "state=\"done\"");
    }
}

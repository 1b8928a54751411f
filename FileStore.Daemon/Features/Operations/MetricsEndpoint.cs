using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>
/// GET of <c>/metrics</c>: the daemon's metrics, in the text format of Prometheus (version 0.0.4). Three counters named
/// <c>x_bucket</c>, <c>x_sum</c> and <c>x_count</c> are the histogram <c>x</c>.
/// </summary>
internal sealed class MetricsEndpoint(MetricsReader metrics)
{
    private const string Bucket = "_bucket";

    internal Task ShowAsync(Request request)
    {
        var text = new StringBuilder();
        metrics.Read((instrument, samples) => Write(text, instrument, samples));
        return request.RespondAsync(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void Write(StringBuilder text, Instrument instrument, IReadOnlyList<MetricSample> samples)
    {
        var isHistogram = instrument.Name.EndsWith(Bucket, StringComparison.Ordinal);
        if (instrument.Description is { } description) // the sum and the count of a histogram have none of their own
        {
            var name = isHistogram ? instrument.Name[..^Bucket.Length] : instrument.Name;
            var type = isHistogram ? "histogram" : instrument is ObservableCounter<long> or ObservableCounter<double> or ObservableCounter<int> ? "counter" : "gauge";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {description}\n# TYPE {name} {type}\n");
        }

        foreach (var sample in samples)
        {
            var labels = string.Join(',', sample.Tags.Select(tag => $"{tag.Key}=\"{Escape($"{tag.Value}")}\""));
            text.Append(CultureInfo.InvariantCulture, $"{instrument.Name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {sample.Value}\n");
        }
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>GET of <c>/metrics</c>: the daemon's metrics, in the text format of Prometheus (version 0.0.4).</summary>
internal sealed class MetricsEndpoint(MetricsReader metrics)
{
    internal Task ShowAsync(Request request)
    {
        var text = new StringBuilder();
        metrics.Read((instrument, series) => Write(text, instrument, series));
        return request.RespondAsync(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void Write(StringBuilder text, Instrument instrument, IEnumerable<KeyValuePair<TagKey, Series>> all)
    {
        var type = instrument is Histogram<double> ? "histogram" : instrument is Counter<long> || instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal) ? "counter" : "gauge";
        text.Append(CultureInfo.InvariantCulture, $"# HELP {instrument.Name} {instrument.Description}\n# TYPE {instrument.Name} {type}\n");
        foreach (var (tags, series) in all)
        {
            var labels = string.Join(',', tags.Tags.Select(tag => $"{tag.Key}=\"{Escape($"{tag.Value}")}\""));
            if (type == "histogram")
                WriteHistogram(text, instrument.Name, labels, series);
            else
                Sample(text, instrument.Name, labels, series.Value);
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, Series series)
    {
        var total = 0L;
        foreach (var (bound, count) in series.Buckets)
        {
            total += count;
            var end = double.IsInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture);
            Sample(text, $"{name}_bucket", $"{labels},le=\"{end}\"", total);
        }

        Sample(text, $"{name}_sum", labels, series.Sum);
        Sample(text, $"{name}_count", labels, total);
    }

    private static void Sample(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

using System.Diagnostics.Metrics;

namespace FileStore.Daemon.Http;

/// <summary>Counts requests, as instruments of a meter. Members may be called from any number of threads.</summary>
internal sealed class HttpMetrics
{
    private static readonly double[] DurationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

    // Boxed once each, since a tag's value is an object.
    private static readonly object[] Statuses = [.. Enumerable.Range(0, 600).Select(status => (object)status)];

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _durations;
    private long _received;
    private long _sent;
    private long _ended;
    private int _running;

    /// <param name="meter">The meter; its owner disposes it.</param>
    internal HttpMetrics(Meter meter)
    {
        meter.CreateObservableGauge("filestore_http_requests_in_flight", () => Running, description: "Requests that are being handled, including this one.");
        _requests = meter.CreateCounter<long>("filestore_http_requests_total", description: "Completed requests.");
        _durations = meter.CreateHistogram("filestore_http_request_duration_seconds", "s", "Time from the request's head to the end of the response.",
            tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = DurationBuckets });
        meter.CreateObservableCounter("filestore_http_received_bytes_total", () => Interlocked.Read(ref _received), "By", "Bytes of request bodies.");
        meter.CreateObservableCounter("filestore_http_sent_bytes_total", () => Interlocked.Read(ref _sent), "By", "Bytes of response bodies.");
    }

    /// <summary>Requests that have ended.</summary>
    internal long Ended => Interlocked.Read(ref _ended);

    /// <summary>Requests that are being handled.</summary>
    internal int Running => Volatile.Read(ref _running);

    /// <summary>A request begins.</summary>
    internal void Begin() => Interlocked.Increment(ref _running);

    /// <summary>A request ends.</summary>
    /// <param name="route">The route's pattern; null if it had no route.</param>
    /// <param name="exchange">The request and its response, at their end.</param>
    /// <param name="duration">How long it took.</param>
    /// <returns>How many requests are still being handled.</returns>
    internal int End(string? route, IHttpExchange exchange, TimeSpan duration)
    {
        // Clients choose paths and methods: all unknown ones count as one.
        var name = new KeyValuePair<string, object?>("route", route ?? "none");
        var method = new KeyValuePair<string, object?>("method", Array.IndexOf(Methods, exchange.Method) >= 0 ? exchange.Method : "other");
        var status = exchange.Status is >= 0 and < 600 ? Statuses[exchange.Status] : exchange.Status;
        _requests.Add(1, name, method, new("status", status));
        _durations.Record(duration.TotalSeconds, name, method);
        Interlocked.Add(ref _received, exchange.BytesReceived);
        Interlocked.Add(ref _sent, exchange.BytesSent);
        Interlocked.Increment(ref _ended);
        return Interlocked.Decrement(ref _running);
    }
}

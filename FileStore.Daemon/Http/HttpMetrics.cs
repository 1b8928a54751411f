using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace FileStore.Daemon.Http;

/// <summary>
/// Counts requests, for observable instruments of a meter: an instrument that is recorded with each request costs twice as
/// much. Members may be called from any number of threads.
/// </summary>
internal sealed class HttpMetrics
{
    private const string Duration = "filestore_http_request_duration_seconds";

    /// <summary>The upper bounds of the duration's buckets, in seconds; one more bucket has no bound.</summary>
    internal static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

    private readonly ConcurrentDictionary<(string Route, string Method), Series> _series = new();
    private IReadOnlyList<((string Route, string Method) Key, long[] Buckets, double Seconds)> _durations = [];
    private long _received;
    private long _sent;
    private long _ended;
    private int _running;

    /// <param name="meter">The meter; its owner disposes it.</param>
    internal HttpMetrics(Meter meter)
    {
        // Before the ended ones, or a request that ends in between would be in neither.
        meter.CreateObservableGauge("filestore_http_requests_in_flight", () => Running, description: "Requests that are being handled, including this one.");
        meter.CreateObservableCounter("filestore_http_requests_total", Requests, description: "Completed requests.");
        // A histogram of Prometheus, in its three parts.
        meter.CreateObservableCounter($"{Duration}_bucket", DurationBuckets, description: "Time from the request's head to the end of the response.");
        meter.CreateObservableCounter($"{Duration}_sum", () => _durations.Select(entry => new Measurement<double>(entry.Seconds, Tags(entry.Key))), "s");
        meter.CreateObservableCounter($"{Duration}_count", () => _durations.Select(entry => new Measurement<long>(entry.Buckets.Sum(), Tags(entry.Key))));
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
        var method = Array.IndexOf(Methods, exchange.Method) >= 0 ? exchange.Method : "other";
        _series.GetOrAdd((route ?? "none", method), _ => new Series()).Add(exchange.Status, duration);
        Interlocked.Add(ref _received, exchange.BytesReceived);
        Interlocked.Add(ref _sent, exchange.BytesSent);
        Interlocked.Increment(ref _ended);
        return Interlocked.Decrement(ref _running);
    }

    private IEnumerable<Measurement<long>> Requests() =>
        from series in _series.OrderBy(series => series.Key)
        from status in series.Value.Statuses
        select new Measurement<long>(status.Count, [.. Tags(series.Key), new("status", status.Status)]);

    /// <summary>Counts up to each bound. Takes the figures of the sum and of the count too, so that the three agree.</summary>
    private IEnumerable<Measurement<long>> DurationBuckets()
    {
        _durations = [.. _series.OrderBy(series => series.Key).Select(series => (series.Key, series.Value.Buckets, series.Value.Seconds))];
        foreach (var (key, buckets, _) in _durations)
        {
            var total = 0L;
            for (var i = 0; i < buckets.Length; i++)
            {
                total += buckets[i];
                var bound = i < Bounds.Length ? Bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                yield return new Measurement<long>(total, [.. Tags(key), new("le", bound)]);
            }
        }
    }

    private static KeyValuePair<string, object?>[] Tags((string Route, string Method) key) => [new("route", key.Route), new("method", key.Method)];

    /// <summary>The requests of one route and method.</summary>
    private sealed class Series
    {
        private readonly ConcurrentDictionary<int, Counter> _statuses = new();
        private readonly long[] _buckets = new long[Bounds.Length + 1];
        private long _ticks;

        /// <summary>The number of requests in each bucket alone.</summary>
        internal long[] Buckets => [.. _buckets.Select((_, i) => Interlocked.Read(ref _buckets[i]))];

        internal double Seconds => TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds;

        internal IEnumerable<(int Status, long Count)> Statuses => _statuses.Select(status => (status.Key, status.Value.Value));

        internal void Add(int status, TimeSpan duration)
        {
            _statuses.GetOrAdd(status, _ => new Counter()).Increment();
            var index = Array.BinarySearch(Bounds, duration.TotalSeconds);
            Interlocked.Increment(ref _buckets[index < 0 ? ~index : index]);
            Interlocked.Add(ref _ticks, duration.Ticks);
        }
    }

    private sealed class Counter
    {
        private long _value;

        internal long Value => Interlocked.Read(ref _value);

        internal void Increment() => Interlocked.Increment(ref _value);
    }
}

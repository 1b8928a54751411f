using System.Collections.Concurrent;

namespace FileStore.Daemon.Http;

/// <summary>What requests there were, since the start. Members may be called from any number of threads.</summary>
internal sealed class HttpMetrics
{
    /// <summary>The upper ends of the classes of time, in seconds; one more class has no end.</summary>
    internal static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

    private readonly ConcurrentDictionary<(string Route, string Method), Latency> _times = new();
    private long _received;
    private long _sent;
    private long _ended;
    private int _running;

    /// <summary>Requests by route, method and status.</summary>
    internal IEnumerable<((string Route, string Method, int Status) Key, long Count)> Requests =>
        _times.SelectMany(times => times.Value.Statuses.Select(status => ((times.Key.Route, times.Key.Method, status.Key), status.Value.Value)));

    /// <summary>Their times by route and method.</summary>
    internal IEnumerable<KeyValuePair<(string Route, string Method), Latency>> Latencies => _times.ToArray();

    /// <summary>Bytes of requests' bodies.</summary>
    internal long Received => Interlocked.Read(ref _received);

    /// <summary>Bytes of answers' bodies.</summary>
    internal long Sent => Interlocked.Read(ref _sent);

    /// <summary>Requests that were answered.</summary>
    internal long Ended => Interlocked.Read(ref _ended);

    /// <summary>Requests that are being handled.</summary>
    internal int Running => Volatile.Read(ref _running);

    /// <summary>A request has come.</summary>
    internal void Begin() => Interlocked.Increment(ref _running);

    /// <summary>A request has been answered.</summary>
    /// <param name="route">The route's pattern; null if there was none for it.</param>
    /// <param name="exchange">The request and its answer, at their end.</param>
    /// <param name="time">How long it took.</param>
    /// <returns>How many are still being handled.</returns>
    internal int End(string? route, IHttpExchange exchange, TimeSpan time)
    {
        // Strangers choose paths and methods: what is none of ours is counted as one.
        var name = route ?? "none";
        var method = Array.IndexOf(Methods, exchange.Method) >= 0 ? exchange.Method : "other";
        _times.GetOrAdd((name, method), _ => new Latency()).Add(exchange.Status, time);
        Interlocked.Add(ref _received, exchange.BytesReceived);
        Interlocked.Add(ref _sent, exchange.BytesSent);
        Interlocked.Increment(ref _ended);
        return Interlocked.Decrement(ref _running);
    }

    /// <summary>A number that grows.</summary>
    internal sealed class Count
    {
        private long _value;

        internal long Value => Interlocked.Read(ref _value);

        internal void Increment() => Interlocked.Increment(ref _value);
    }

    /// <summary>How many requests took how long, and how they were answered.</summary>
    internal sealed class Latency
    {
        private readonly ConcurrentDictionary<int, Count> _statuses = new();
        private readonly long[] _buckets = new long[Bounds.Length + 1];
        private long _ticks;

        /// <summary>How many fell into each class of time.</summary>
        internal long[] Buckets => [.. _buckets.Select((_, i) => Interlocked.Read(ref _buckets[i]))];

        /// <summary>All of their times together, in seconds.</summary>
        internal double Seconds => TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds;

        /// <summary>How many had which status.</summary>
        internal IEnumerable<KeyValuePair<int, Count>> Statuses => _statuses.ToArray();

        internal void Add(int status, TimeSpan time)
        {
            _statuses.GetOrAdd(status, _ => new Count()).Increment();
            var index = Array.BinarySearch(Bounds, time.TotalSeconds);
            Interlocked.Increment(ref _buckets[index < 0 ? ~index : index]);
            Interlocked.Add(ref _ticks, time.Ticks);
        }
    }
}

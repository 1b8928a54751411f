using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FileStore.Daemon.Features.Operations;

/// <summary>
/// Adds up the measurements of a meter's instruments: those of observable ones when they are asked for, those of counters
/// and histograms since this was made.
/// </summary>
internal sealed class MetricsReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(Instrument Instrument, ConcurrentDictionary<TagKey, Series> Series)> _instruments = [];
    private readonly Lock _reading = new();

    /// <param name="meter">The meter, whose owner disposes it.</param>
    internal MetricsReader(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter, meter))
                return;
            var series = new ConcurrentDictionary<TagKey, Series>();
            lock (_reading)
                _instruments.Add((instrument, series));
            listener.EnableMeasurementEvents(instrument, series);
        };
        _listener.SetMeasurementEventCallback<double>(Measured);
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) => Measured(instrument, value, tags, state));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, state) => Measured(instrument, value, tags, state));
        _listener.Start();
    }

    /// <summary>Calls back with each instrument and its series, in the order in which the instruments were made.</summary>
    internal void Read(Action<Instrument, IEnumerable<KeyValuePair<TagKey, Series>>> read)
    {
        lock (_reading)
        {
            _listener.RecordObservableInstruments();
            foreach (var (instrument, series) in _instruments)
                read(instrument, series.OrderBy(entry => entry.Key));
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Measured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var series = (ConcurrentDictionary<TagKey, Series>)state!;
        var key = new TagKey(tags);
        if (!series.TryGetValue(key, out var found))
            found = series.GetOrAdd(key, _ => new Series((instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries));
        if (instrument is Counter<long>)
            found.Add((long)value);
        else if (instrument is Histogram<double>)
            found.Record(value);
        else
            found.Set(value);
    }
}

/// <summary>Up to three tags, in the order in which the instrument gives them.</summary>
internal readonly record struct TagKey : IComparable<TagKey>
{
    internal TagKey(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length > 3)
            throw new ArgumentException("an instrument may have three tags", nameof(tags));
        Count = tags.Length;
        if (tags.Length > 0)
            First = tags[0];
        if (tags.Length > 1)
            Second = tags[1];
        if (tags.Length > 2)
            Third = tags[2];
    }

    internal int Count { get; }

    internal KeyValuePair<string, object?> First { get; }

    internal KeyValuePair<string, object?> Second { get; }

    internal KeyValuePair<string, object?> Third { get; }

    internal IEnumerable<KeyValuePair<string, object?>> Tags => new[] { First, Second, Third }.Take(Count);

    public int CompareTo(TagKey other) => Tags.Zip(other.Tags, (own, others) => Compare(own.Value, others.Value)).FirstOrDefault(order => order != 0);

    public bool Equals(TagKey other) => Count == other.Count && Equal(First, other.First) && Equal(Second, other.Second) && Equal(Third, other.Third);

    public override int GetHashCode() => HashCode.Combine(First.Value, Second.Value, Third.Value);

    private static bool Equal(KeyValuePair<string, object?> one, KeyValuePair<string, object?> other) =>
        (ReferenceEquals(one.Value, other.Value) || Equals(one.Value, other.Value)) && one.Key == other.Key;

    private static int Compare(object? one, object? other) =>
        one is int number && other is int another ? number.CompareTo(another) : string.CompareOrdinal(one?.ToString(), other?.ToString());
}

/// <summary>The sum, the last value or the buckets of measurements with the same tags.</summary>
/// <param name="bounds">The upper bounds of the buckets of a histogram; one more bucket has no bound. Null if it is none.</param>
internal sealed class Series(IReadOnlyList<double>? bounds)
{
    private readonly long[] _buckets = new long[bounds is null ? 0 : bounds.Count + 1];
    private readonly double[] _bounds = [.. bounds ?? []];
    private long _count;
    private long _ticks;
    private double _value;

    /// <summary>The value of a counter or gauge.</summary>
    internal double Value => _count + _value;

    /// <summary>The upper bounds of a histogram's buckets, and how many measurements fell into each of them alone.</summary>
    internal IEnumerable<(double Bound, long Count)> Buckets =>
        _buckets.Select((_, i) => (i < _bounds.Length ? _bounds[i] : double.PositiveInfinity, Interlocked.Read(ref _buckets[i])));

    /// <summary>The sum of a histogram's measurements, in seconds.</summary>
    internal double Sum => TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds;

    internal void Add(long count) => Interlocked.Add(ref _count, count);

    internal void Set(double value) => _value = value;

    internal void Record(double seconds)
    {
        var index = Array.BinarySearch(_bounds, seconds);
        Interlocked.Increment(ref _buckets[index < 0 ? ~index : index]);
        Interlocked.Add(ref _ticks, (long)(seconds * TimeSpan.TicksPerSecond));
    }
}

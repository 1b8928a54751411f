using System.Diagnostics.Metrics;

namespace FileStore.Daemon.Features.Operations;

/// <summary>Reads the observable instruments of a meter.</summary>
internal sealed class MetricsReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(Instrument Instrument, List<MetricSample> Samples)> _instruments = [];
    private readonly Lock _reading = new();

    /// <param name="meter">The meter, whose owner disposes it.</param>
    internal MetricsReader(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter, meter))
                return;
            var samples = new List<MetricSample>();
            lock (_reading)
                _instruments.Add((instrument, samples));
            listener.EnableMeasurementEvents(instrument, samples);
        };
        _listener.SetMeasurementEventCallback<double>((_, value, tags, samples) => Add(samples, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, samples) => Add(samples, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, samples) => Add(samples, value, tags));
        _listener.Start();
    }

    /// <summary>Calls back with each instrument and its current values, in the order in which the instruments were created.</summary>
    internal void Read(Action<Instrument, IReadOnlyList<MetricSample>> read)
    {
        lock (_reading)
        {
            foreach (var (_, samples) in _instruments)
                samples.Clear();
            _listener.RecordObservableInstruments();
            foreach (var (instrument, samples) in _instruments)
                read(instrument, samples);
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Add(object? samples, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((List<MetricSample>)samples!).Add(new MetricSample(value, tags.ToArray()));
}

/// <summary>A value of an instrument.</summary>
internal sealed record MetricSample(double Value, IReadOnlyList<KeyValuePair<string, object?>> Tags);

using FileStore.Daemon.Http;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features;

/// <summary>Open features, which start, stop and close together.</summary>
internal sealed class FeatureSet : IAsyncDisposable
{
    private readonly List<IOpenFeature> _features = [];

    private FeatureSet()
    {
    }

    /// <summary>The routes of all features.</summary>
    internal IReadOnlyList<Route> Routes =>
        [.. _features.SelectMany(feature => feature.Routes.Select(route => route with { Map = feature.Map }))];

    /// <summary>Opens features, for the caller to dispose.</summary>
    /// <exception cref="StartException">One cannot be opened; the others are closed again.</exception>
    internal static async Task<FeatureSet> OpenAsync(IEnumerable<IFeature> features, FeatureContext context)
    {
        var set = new FeatureSet();
        try
        {
            foreach (var feature in features)
                set._features.Add(await feature.OpenAsync(context));
            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    internal void Start() => _features.ForEach(feature => feature.Start());

    /// <summary>Stops all of them; see <see cref="IOpenFeature.StopAsync"/>.</summary>
    internal Task StopAsync() => Task.WhenAll(_features.Select(feature => feature.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        for (var i = _features.Count - 1; i >= 0; i--)
            await _features[i].DisposeAsync();
    }
}

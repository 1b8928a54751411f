using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Features.Operations;

/// <summary>Health, metrics, the remote stop, and the icon.</summary>
internal sealed class OperationsFeature : IFeature
{
    public ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        ProcessMetrics.AddTo(context.Meter);
        return ValueTask.FromResult<IOpenFeature>(new Open(context, new MetricsReader(context.Meter)));
    }

    private sealed class Open(FeatureContext context, MetricsReader reader) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(context, reader);

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            return ValueTask.CompletedTask;
        }

        private static IReadOnlyList<Route> RoutesOf(FeatureContext context, MetricsReader reader)
        {
            var health = new HealthEndpoint(context.Store, context.Time);
            var metrics = new MetricsEndpoint(reader);
            var stop = new StopEndpoint(() => context.Stop("GET /stop"));
            return
            [
                new("GET", "/stop", Scope.Admin, stop.StopAsync, LocalOnly: true),
                new("GET", "/healthz", Scope.Anyone, health.CheckAsync, BypassesLimit: true, IgnoresUnknownParameters: true),
                new("GET", "/metrics", Scope.Read, metrics.ShowAsync, IgnoresUnknownParameters: true),
                new("GET", "/favicon.ico", Scope.Anyone, FaviconEndpoint.SendAsync, IgnoresUnknownParameters: true)
                {
                    Policy = new RoutePolicy { CacheControl = "public, max-age=86400" },
                },
            ];
        }
    }
}

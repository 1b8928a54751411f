using FileStore.Core.Blobs;
using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Core.Relay;
using FileStore.Core.Tasks;
using FileStore.Daemon.Features;
using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Features.Operations;
using FileStore.Daemon.Hosting;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Contracts;
using Serilog.Core;

namespace FileStore.Tests.Support;

/// <summary>The routes of the program, whichever there are.</summary>
internal static class ProgramRoutes
{
    public static IReadOnlyCollection<Route> All { get; } = Table(new MemoryBlobStore(HashKind.Sha256)).All;

    /// <summary>All of them, on this store.</summary>
    public static RouteTable Table(IBlobStore blobs) => Routes.Table(Parts(blobs));

    /// <summary>Those that are not open to everybody.</summary>
    public static IEnumerable<Route> Closed => All.Where(route => route.Scope != Scope.Anyone);

    private static RouteParts Parts(IBlobStore blobs)
    {
        var exports = ExportRoots.Open(new Dictionary<string, string>(), Logger.None);
        return new RouteParts(blobs, MaxUpload: 0, BufferSize: 4096,
            exports, new ExportArchiver(exports, Path.GetTempPath(), TimeProvider.System, Logger.None), new CallbackPolicy([]), new Callback(Logger.None, TimeProvider.System),
            new BackgroundWork(null, Logger.None), Jobs: null, Relay(), Tasks(),
            new MetricsEndpoint(new HttpMetrics(), new BlobMetrics(), null), TimeProvider.System, Stop: () => { });
    }

    private static TaskParts Tasks() =>
        TasksGate.Open(new DaemonOptions { Tasks = new TaskOptions { Folder = "/nowhere" } }, Logger.None, TimeProvider.System);

    private static RelayParts Relay() => new(new UploadRules(new UploadRuleOptions(), TimeProvider.System), Upstream: null, new LocalRoots([]),
        new RemoteFetch(new RemoteFetchPolicy([]), new CertificateTrust(null), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeProvider.System));

    /// <summary>A path that matches a route, with something in the place of each brace.</summary>
    public static string PathOf(Route route) =>
        string.Join('/', route.Pattern.Split('/').Select(segment => segment.StartsWith('{') ? "x" : segment));
}

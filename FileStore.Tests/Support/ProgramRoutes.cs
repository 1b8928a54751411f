using System.Diagnostics.Metrics;
using FileStore.Core.Blobs;
using FileStore.Core.Names;
using FileStore.Core.Primitives;
using FileStore.Daemon.Features;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;
using FileStore.Tests.Contracts;
using Serilog.Core;

namespace FileStore.Tests.Support;

/// <summary>The routes of the program, whichever there are.</summary>
internal static class ProgramRoutes
{
    private static readonly Meter Meter = new("FileStore");

    /// <summary>Links that nobody has made.</summary>
    public static SignedLinks Links { get; } = new("/nowhere/links.key", TimeProvider.System);

    public static IReadOnlyCollection<Route> All { get; } = Table(new MemoryBlobStore(HashKind.Sha256)).All;

    /// <summary>All of them, on this store.</summary>
    public static RouteTable Table(IBlobStore blobs)
    {
        var index = LazyIndex.OfSqlite("/nowhere/index.db", blobs.HashKind, isDurable: false, TimeProvider.System);
        var context = new FeatureContext(new DaemonOptions { Home = "/nowhere", Buffer = 4096, Durable = false }, new NamedBlobStore(blobs, index), Links, new BlobMetrics(), Path.GetTempPath(),
            new BackgroundWork(Logger.None), Meter, IsAccessOpen: true, Stop: _ => { }, TimeProvider.System, Logger.None);
        return new RouteTable(FeatureSet.OpenAsync(FeatureList.All, context).GetAwaiter().GetResult().Routes);
    }

    /// <summary>Those that are not open to everybody.</summary>
    public static IEnumerable<Route> Closed => All.Where(route => route.Scope != Scope.Anyone);

    /// <summary>A path that matches a route, with something in the place of each brace.</summary>
    public static string PathOf(Route route) =>
        string.Join('/', route.Pattern.Split('/').Select(segment => segment.StartsWith('{') ? "x" : segment));
}

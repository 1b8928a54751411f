using FileStore.Core.Primitives;
using FileStore.Daemon.Endpoints;
using FileStore.Daemon.Http;
using FileStore.Tests.Contracts;

namespace FileStore.Tests.Support;

/// <summary>The routes of the program, whichever there are.</summary>
internal static class ProgramRoutes
{
    public static IReadOnlyCollection<Route> All { get; } =
        Routes.Table(new MemoryBlobStore(HashKind.Sha256), maxUpload: 0, bufferSize: 4096, TimeProvider.System, stop: () => { }).All;

    /// <summary>Those that are not open to everybody.</summary>
    public static IEnumerable<Route> Closed => All.Where(route => route.Needs != Scope.Anyone);

    /// <summary>A path that matches a route, with something in the place of each brace.</summary>
    public static string PathOf(Route route) =>
        string.Join('/', route.Pattern.Split('/').Select(segment => segment.StartsWith('{') ? "x" : segment));
}

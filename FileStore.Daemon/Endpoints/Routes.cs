using FileStore.Core.Blobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Endpoints;

/// <summary>Every route of the program.</summary>
internal static class Routes
{
    /// <param name="store">The store they serve.</param>
    /// <param name="maxUpload">The largest file in bytes; 0 for no limit.</param>
    /// <param name="bufferSize">Bytes of an I/O buffer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Begins a clean stop of the daemon.</param>
    internal static RouteTable Table(IBlobStore store, long maxUpload, int bufferSize, TimeProvider time, Action stop)
    {
        var upload = new UploadEndpoint(store, maxUpload);
        var download = new DownloadEndpoint(store, bufferSize, time);
        var delete = new DeleteEndpoint(store);
        var list = new ListEndpoint(store);
        var health = new HealthEndpoint(store, time);
        var stopping = new StopEndpoint(stop);

        return new RouteTable(
        [
            new("POST", "/", Scope.Write, upload.PostAsync),
            new("GET", "/", Scope.Read, download.ByQueryAsync),
            new("DELETE", "/", Scope.Delete, delete.ByQueryAsync),

            new("GET", "/files", Scope.Read, list.ListAsync),
            new("POST", "/files", Scope.Write, upload.CreateAsync),
            new("GET", "/files/{hash}", Scope.Read, download.ByPathAsync),
            new("PUT", "/files/{hash}", Scope.Write, upload.PutAsync),
            new("DELETE", "/files/{hash}", Scope.Delete, delete.ByPathAsync),

            new("GET", "/stop", Scope.Admin, stopping.StopAsync, IsLocal: true),
            new("GET", "/healthz", Scope.Anyone, health.CheckAsync, IsProbe: true),
        ]);
    }
}

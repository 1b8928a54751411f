using FileStore.Core.Names;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Blobs;

/// <summary>Stores, serves, lists and deletes files by their hash.</summary>
internal sealed class BlobsFeature : IFeature
{
    public ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        var blobs = context.StoreMetrics;
        context.Meter.CreateObservableCounter("filestore_blobs_stored_total", () => blobs.Stored, description: "New blobs.");
        context.Meter.CreateObservableCounter("filestore_blobs_deduplicated_total", () => blobs.Deduplicated, description: "Uploads of bytes that were already stored.");
        context.Meter.CreateObservableCounter("filestore_blobs_repaired_total", () => blobs.Repaired, description: "Damaged files that an upload of their bytes replaced.");
        context.Meter.CreateObservableCounter("filestore_blobs_removed_total", () => blobs.Removed, description: "Removed blobs.");
        return ValueTask.FromResult<IOpenFeature>(new Open(context));
    }

    private sealed class Open(FeatureContext context) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(context);

        public Problem? Map(Exception failure) => failure is BlobInUseException used ? BlobParameters.InUse(used.Names) : null;

        private static IReadOnlyList<Route> RoutesOf(FeatureContext context)
        {
            var upload = new UploadEndpoint(context.Store, new UploadReceiver(context.Store, context.Options.MaxUpload));
            var download = new DownloadEndpoint(context.Store, new ContentResponse(context.Options.Buffer, context.Time));
            var delete = new DeleteEndpoint(context.Store);
            var list = new ListEndpoint(context.Store);
            return
            [
                new("POST", "/", Scope.Write, upload.PostAsync),
                new("GET", "/", Scope.Read, download.ByQueryAsync, Parameters: ["file_hash", "name"], IgnoresUnknownParameters: true),
                new("DELETE", "/", Scope.Delete, delete.ByQueryAsync, Parameters: ["file_hash", "names"]),
                new("GET", "/files", Scope.Read, list.ListAsync, Parameters: ["limit", "after"]),
                new("POST", "/files", Scope.Write, upload.CreateAsync),
                new("GET", "/files/{hash}", Scope.Read, download.ByPathAsync, Parameters: ["name"], IgnoresUnknownParameters: true)
                {
                    Policy = new RoutePolicy { AcceptsLinks = true },
                },
                new("PUT", "/files/{hash}", Scope.Write, upload.PutAsync),
                new("DELETE", "/files/{hash}", Scope.Delete, delete.ByPathAsync, Parameters: ["names"]),
            ];
        }
    }
}

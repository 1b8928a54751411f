using FileStore.Core.Index;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Semantics;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Names;

/// <summary>Names that point at files.</summary>
internal sealed class NamesFeature : IFeature
{
    public IReadOnlyList<OptionDefinition> Options => NameSettings.Definitions;

    public ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        var collector = new Collector(context.Store, NameSettings.Of(context.Options).Grace, context.Time, context.Log);
        context.Meter.CreateObservableCounter("filestore_blobs_collected_total", () => collector.Collected, description: "Blobs that were removed because nothing pointed at them any more.");
        try
        {
            _ = context.Store.Index.OpenIfThere();
        }
        catch (IndexException e)
        {
            context.Warnings.Add($"the index of names cannot be used, and names are not served: {e.Message}");
        }

        var snapshot = new DailySnapshot(context.Store.Index, Path.Join(Path.GetDirectoryName(context.Options.IndexFile), "snapshot.db"), context.Time, context.Log);
        return ValueTask.FromResult<IOpenFeature>(new Open(context,
        [
            new PeriodicWork(Collector.Interval, collector.CollectAsync, context.Time),
            new PeriodicWork(DailySnapshot.Interval, snapshot.TakeIfDueAsync, context.Time),
        ]));
    }

    private sealed class Open(FeatureContext context, PeriodicWork[] works) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(context);

        public Problem? Map(Exception failure) => failure is NameQueryException ? Problem.BadRequest(failure.Message) : null;

        public void Start() => Array.ForEach(works, work => work.Start());

        public Task StopAsync() => Task.WhenAll(works.Select(work => work.StopAsync()));

        private static IReadOnlyList<Route> RoutesOf(FeatureContext context)
        {
            var store = context.Store;
            var list = new NameListEndpoint(store);
            var download = new NameDownloadEndpoint(store, list, new ContentResponse(context.Options.Buffer, context.Time));
            var upload = new NameUploadEndpoint(store, new UploadReceiver(store, context.Options.MaxUpload));
            var delete = new NameDeleteEndpoint(store);
            var move = new NameMoveEndpoint(store);
            var link = new LinkEndpoint(store, context.Links, context.Time);
            return
            [
                new("GET", "/names", Scope.Read, list.ListAsync, Parameters: NameListEndpoint.Names),
                new("GET", "/names/{**name}", Scope.Read, download.SendAsync, Parameters: [.. NameListEndpoint.Names, "download"], IgnoresUnknownParameters: true)
                {
                    Policy = new RoutePolicy { AcceptsLinks = true },
                },
                new("POST", "/links", Scope.Read, link.CreateAsync),
                new("PUT", "/names/{**name}", Scope.Write, upload.PutAsync, Parameters: ["file_hash"]),
                new("POST", "/names/{**name}", Scope.Write, request => PostAsync(request, upload, move), Parameters: ["move_to", "copy_to", "replace"]),
                new("DELETE", "/names/{**name}", Scope.Delete, delete.DeleteAsync, Parameters: ["recursive"]),
            ];
        }

        private static Task PostAsync(Request request, NameUploadEndpoint upload, NameMoveEndpoint move) =>
            NameMoveEndpoint.Asks(request) ? move.MoveAsync(request)
            : NameParameters.IsFolder(request) ? upload.PostFormAsync(request)
            : throw new ProblemException(Problem.BadRequest("PUT stores a file under a name; POST takes move_to or copy_to, or a folder, which ends with '/', and a form"));
    }
}

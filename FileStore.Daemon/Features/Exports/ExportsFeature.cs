using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Daemon.Http.Semantics;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Exports;

/// <summary>Publishes directories: lists, serves, archives and deletes their files.</summary>
internal sealed class ExportsFeature : IFeature
{
    public IReadOnlyList<OptionDefinition> Options => ExportSettings.Definitions;

    public IEnumerable<string> Validate(DaemonOptions options)
    {
        try
        {
            ExportRoots.RequireUsable(ExportSettings.Of(options).Directories);
            return [];
        }
        catch (Exception e) when (e is ExportException or IOException or UnauthorizedAccessException)
        {
            return [e.Message];
        }
    }

    public IEnumerable<string> DurableFolders(DaemonOptions options) => ExportSettings.Of(options).Directories.Values;

    public ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        try
        {
            var exports = ExportRoots.Open(ExportSettings.Of(context.Options).Directories, context.Log);
            return ValueTask.FromResult<IOpenFeature>(new Open(context, exports, new ExportArchiver(exports, context.Scratch, context.Time, context.Log)));
        }
        catch (ExportException e)
        {
            throw new StartException(e.Message);
        }
    }

    private sealed class Open(FeatureContext context, ExportRoots exports, ExportArchiver archiver) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(context, exports, archiver);

        public Problem? Map(Exception failure) => (failure as ExportException)?.Fault switch
        {
            DiskFault.NoSpace or DiskFault.FileTooLarge => new(507, $"there is no room for the archive: {failure.Message}"),
            DiskFault.Denied => Problem.Forbidden($"the system does not let the daemon do this: {failure.Message}"),
            DiskFault.Unavailable => new(503, "the exported directory is not available at the moment", ("Retry-After", "10")),
            DiskFault.Changed => Problem.Conflict($"the file became shorter while it was read, ask again: {failure.Message}"),
            _ => null,
        };

        public ValueTask DisposeAsync()
        {
            archiver.Dispose();
            return ValueTask.CompletedTask;
        }

        private static IReadOnlyList<Route> RoutesOf(FeatureContext context, ExportRoots exports, ExportArchiver archiver)
        {
            var list = new ExportListEndpoint(exports);
            var get = new ExportGetEndpoint(exports, archiver, new ContentResponse(context.Options.Buffer, context.Time));
            var tar = new ExportTarEndpoint(exports, archiver, new CallbackPolicy(ExportSettings.Of(context.Options).CallbackHosts),
                new Callback(context.Log, context.Time), context.Background);
            var delete = new ExportDeleteEndpoint(exports);
            string[] deleted = ["dir", "name", "prefix", "suffix"];
            return
            [
                new("GET", "/list", Scope.Exports, list.ListAsync, Parameters: ["dir", "prefix", "suffix"]),
                new("GET", "/get", Scope.Exports, get.GetAsync, Parameters: ["dir", "name", "compress"], IgnoresUnknownParameters: true),
                new("GET", "/tar", Scope.Exports, tar.StartAsync, HasSideEffects: true, Parameters: ["dir", "name", "host", "port", "path"]),
                new("GET", "/delete", Scope.Exports, delete.DeleteAsync, HasSideEffects: true, Parameters: deleted),
                new("POST", "/delete", Scope.Exports, delete.DeleteAsync, Parameters: deleted),
                new("DELETE", "/delete", Scope.Exports, delete.DeleteAsync, Parameters: deleted),
            ];
        }
    }
}

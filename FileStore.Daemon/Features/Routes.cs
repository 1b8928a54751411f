using FileStore.Core.Blobs;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using FileStore.Core.Relay;
using FileStore.Core.Tasks;
using FileStore.Daemon.Features.Blobs;
using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Features.Jobs;
using FileStore.Daemon.Features.Operations;
using FileStore.Daemon.Features.Relay;
using FileStore.Daemon.Features.Tasks;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features;

/// <summary>What the routes stand on.</summary>
/// <param name="Store">The store they serve.</param>
/// <param name="MaxUpload">The largest file in bytes; 0 for no limit.</param>
/// <param name="BufferSize">Bytes of an I/O buffer.</param>
/// <param name="Exports">The exported directories.</param>
/// <param name="Archiver">Packs files of theirs.</param>
/// <param name="CallbackGuard">Where callbacks may go.</param>
/// <param name="Callback">Sends them.</param>
/// <param name="Background">Carries what goes on after an answer.</param>
/// <param name="Jobs">The jobs; null where they are off.</param>
/// <param name="Relay">What uploads are passed on with.</param>
/// <param name="Tasks">The tasks.</param>
/// <param name="Metrics">What is counted.</param>
/// <param name="Time">The clock.</param>
/// <param name="Stop">Begins a clean stop of the daemon.</param>
internal sealed record RouteParts(
    IBlobStore Store, long MaxUpload, int BufferSize,
    ExportRoots Exports, ExportArchiver Archiver, CallbackPolicy CallbackGuard, Callback Callback, BackgroundWork Background,
    JobQueue? Jobs, RelayParts Relay, TaskParts Tasks, MetricsEndpoint Metrics, TimeProvider Time, Action Stop);

/// <summary>What uploads are passed on with.</summary>
/// <param name="Rules">What they have to be like.</param>
/// <param name="Upstream">Where they go; null if that is not configured.</param>
/// <param name="Roots">The local files that may be passed on.</param>
/// <param name="Fetch">Fetches those of other hosts.</param>
internal sealed record RelayParts(UploadRules Rules, Upstream? Upstream, LocalRoots Roots, RemoteFetch Fetch);

/// <summary>What the routes of tasks stand on.</summary>
/// <param name="Base">What stands before their paths: nothing, or a path with its first slash.</param>
/// <param name="Catalogue">The tasks there are.</param>
/// <param name="Judge">Holds reports against the rules.</param>
/// <param name="Reports">The reports that have come.</param>
internal sealed record TaskParts(string Base, TaskCatalog Catalogue, ReportValidator Judge, ReportLog Reports);

/// <summary>Every route of the program. Of two that a path fits, the first is taken.</summary>
internal static class Routes
{
    internal static RouteTable Table(RouteParts parts)
    {
        var answer = new ContentResponse(parts.BufferSize, parts.Time);
        var intake = new UploadReceiver(parts.Store, parts.MaxUpload);
        var upload = new UploadEndpoint(parts.Store, intake);
        var download = new DownloadEndpoint(parts.Store, answer);
        var delete = new DeleteEndpoint(parts.Store);
        var list = new ListEndpoint(parts.Store);
        var exportList = new ExportListEndpoint(parts.Exports);
        var exportGet = new ExportGetEndpoint(parts.Exports, parts.Archiver, answer);
        var exportTar = new ExportTarEndpoint(parts.Exports, parts.Archiver, parts.CallbackGuard, parts.Callback, parts.Background);
        var exportDelete = new ExportDeleteEndpoint(parts.Exports);
        var jobs = new JobsEndpoint(parts.Jobs);
        var statuses = new StatusesEndpoint(parts.Jobs);
        var results = new ResultsEndpoint(parts.Jobs);
        var relaying = new Forwarder(parts.Store, parts.Relay.Rules, parts.Relay.Upstream, parts.MaxUpload, parts.BufferSize);
        var relay = new RelayEndpoint(parts.Store, intake, relaying, parts.Relay.Roots, parts.Relay.Fetch);
        var tasks = new TasksEndpoint(parts.Tasks.Catalogue, answer);
        var reports = new ReportsEndpoint(parts.Tasks.Catalogue, intake, parts.Tasks.Judge, parts.Tasks.Reports, parts.Time);
        var stopping = new StopEndpoint(parts.Stop);
        var health = new HealthEndpoint(parts.Store, parts.Time);

        string[] deletes = ["dir", "name", "prefix", "suffix"];
        return new RouteTable(
        [
            new("GET", $"{parts.Tasks.Base}/tasks", Scope.Tasks, tasks.ListAsync),
            new("GET", $"{parts.Tasks.Base}/tasks/download", Scope.Tasks, tasks.DownloadAsync, Parameters: ["id"]),
            new("POST", $"{parts.Tasks.Base}/tasks/report", Scope.Tasks, reports.SubmitAsync, Parameters: ["id"]),
            new("GET", $"{parts.Tasks.Base}/tasks/reports", Scope.Tasks, reports.ListAsync, Parameters: ["limit", "offset"]),

            new("POST", "/", Scope.Write, upload.PostAsync),
            new("GET", "/", Scope.Read, download.ByQueryAsync, Parameters: ["file_hash", "name"], IgnoresUnknownParameters: true),
            new("DELETE", "/", Scope.Delete, delete.ByQueryAsync, Parameters: ["file_hash"]),

            new("GET", "/files", Scope.Read, list.ListAsync, Parameters: ["limit", "after"]),
            new("POST", "/files", Scope.Write, upload.CreateAsync),
            new("GET", "/files/{hash}", Scope.Read, download.ByPathAsync, Parameters: ["name"], IgnoresUnknownParameters: true),
            new("PUT", "/files/{hash}", Scope.Write, upload.PutAsync),
            new("DELETE", "/files/{hash}", Scope.Delete, delete.ByPathAsync),

            new("GET", "/list", Scope.Exports, exportList.ListAsync, Parameters: ["dir", "prefix", "suffix"]),
            new("GET", "/get", Scope.Exports, exportGet.GetAsync, Parameters: ["dir", "name", "compress"], IgnoresUnknownParameters: true),
            new("GET", "/tar", Scope.Exports, exportTar.StartAsync, HasSideEffects: true, Parameters: ["dir", "name", "host", "port", "path"]),
            new("GET", "/delete", Scope.Exports, exportDelete.DeleteAsync, HasSideEffects: true, Parameters: deletes),
            new("POST", "/delete", Scope.Exports, exportDelete.DeleteAsync, Parameters: deletes),
            new("DELETE", "/delete", Scope.Exports, exportDelete.DeleteAsync, Parameters: deletes),

            new("POST", "/api/jobs", Scope.Jobs, jobs.SubmitAsync),
            new("GET", "/api/jobs", Scope.Jobs, jobs.ListAsync, Parameters: JobListing.Names),
            new("GET", "/api/jobs/{id}", Scope.Jobs, jobs.ShowAsync),
            new("DELETE", "/api/jobs/{id}", Scope.Jobs, jobs.DeleteAsync),
            new("GET", "/api/statuses", Scope.Jobs, statuses.ListAsync, Parameters: JobListing.Names),
            new("GET", "/api/statuses/{id}", Scope.Jobs, statuses.ShowAsync),
            new("GET", "/api/results", Scope.Jobs, results.ListAsync, Parameters: JobListing.Names),
            new("GET", "/api/results/{id}", Scope.Jobs, results.ShowAsync),
            new("DELETE", "/api/results/{id}", Scope.Jobs, results.DeleteAsync),

            new("POST", "/upload", Scope.Relay, relay.StoreAsync),
            new("POST", "/upload1", Scope.Relay, relay.ForwardAsync),
            new("POST", "/upload2", Scope.Relay, relay.ForwardFromLocationAsync),

            new("GET", "/stop", Scope.Admin, stopping.StopAsync, LocalOnly: true),
            new("GET", "/healthz", Scope.Anyone, health.CheckAsync, BypassesLimit: true, IgnoresUnknownParameters: true),
            new("GET", "/metrics", Scope.Read, parts.Metrics.ShowAsync, IgnoresUnknownParameters: true),
            new("GET", "/favicon.ico", Scope.Anyone, FaviconEndpoint.SendAsync, IgnoresUnknownParameters: true),
        ]);
    }
}

using FileStore.Core.Processes;
using FileStore.Core.Tasks;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Semantics;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Tasks;

/// <summary>Offers tasks to partners, and takes their reports.</summary>
internal sealed class TasksFeature : IFeature
{
    public IReadOnlyList<OptionDefinition> Options => TaskSettings.Definitions;

    public IEnumerable<string> Validate(DaemonOptions options)
    {
        var tasks = TaskSettings.Of(options).Tasks;
        foreach (var item in tasks.Items)
        {
            if (TaskCatalog.Validate(item) is { } fault)
                yield return $"tasks.items: the file of the task {item.Id} cannot be used: {fault}";
        }

        if (ReportLog.Validate(tasks.Folder) is { } record)
            yield return Unusable(tasks, record);
        if (tasks.Rules.ContentTypes.Count > 0 && MediaTypeProbe.Validate() is { } missing)
            yield return $"tasks.report.contentTypes: {missing}";
    }

    public IEnumerable<string> DurableFolders(DaemonOptions options) => [TaskSettings.Of(options).Tasks.Folder];

    public ValueTask<IOpenFeature> OpenAsync(FeatureContext context)
    {
        var settings = TaskSettings.Of(context.Options);
        try
        {
            var reports = ReportLog.Open(settings.Tasks.Folder, context.Options.Durable, context.Log);
            return ValueTask.FromResult<IOpenFeature>(new Open(context, settings, reports));
        }
        catch (ReportsException e)
        {
            throw new StartException(Unusable(settings.Tasks, e.Message));
        }
    }

    private static string Unusable(TaskOptions tasks, string reason) => $"the record of reports in '{tasks.Folder}' cannot be used: {reason}";

    private sealed class Open(FeatureContext context, TaskSettings settings, ReportLog log) : IOpenFeature
    {
        public IReadOnlyList<Route> Routes { get; } = RoutesOf(context, settings, log);

        public Problem? Map(Exception failure) => failure switch
        {
            ReportsException { IsDiskFull: true } => new(507, "there is no room for the record of reports: its disk is full, or its file as large as the system allows"),
            ReportsException => new(503, "the record of reports cannot be read or written at the moment", ("Retry-After", "10")),
            TaskFileException { InnerException: EndOfStreamException } => Problem.Conflict("the file became shorter while it was read, ask again"),
            TaskFileException => new(503, "the file of the task cannot be read at the moment", ("Retry-After", "10")),
            ProgramException => new(503, $"the report could not be checked, and was not kept: {failure.Message}", ("Retry-After", "10")),
            _ => null,
        };

        public ValueTask DisposeAsync()
        {
            log.Dispose();
            return ValueTask.CompletedTask;
        }

        private static IReadOnlyList<Route> RoutesOf(FeatureContext context, TaskSettings settings, ReportLog log)
        {
            var (options, time, path) = (context.Options, context.Time, settings.BasePath);
            var catalog = new TaskCatalog(settings.Tasks.Items);
            var tasks = new TasksEndpoint(catalog, new ContentResponse(options.Buffer, time));
            var reports = new ReportsEndpoint(
                catalog, new UploadReceiver(context.Store, options.MaxUpload), new ReportValidator(settings.Tasks.Rules, time), log, time);
            return
            [
                new("GET", $"{path}/tasks", Scope.Tasks, tasks.ListAsync),
                new("GET", $"{path}/tasks/download", Scope.Tasks, tasks.DownloadAsync, Parameters: ["id"]),
                new("POST", $"{path}/tasks/report", Scope.Tasks, reports.SubmitAsync, Parameters: ["id"]),
                new("GET", $"{path}/tasks/reports", Scope.Tasks, reports.ListAsync, Parameters: ["limit", "offset"]),
            ];
        }
    }
}

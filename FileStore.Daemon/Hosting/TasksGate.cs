using FileStore.Core.Processes;
using FileStore.Core.Tasks;
using FileStore.Daemon.Features;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>Whether there is what tasks and reports stand on.</summary>
internal static class TasksGate
{
    /// <summary>Everything that a start would stumble over, in words. It changes nothing.</summary>
    internal static IEnumerable<string> FaultsOf(TaskOptions tasks)
    {
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

    /// <summary>Opens what tasks stand on. The reports are the caller's to dispose.</summary>
    /// <exception cref="StartException">Something is not there, or the reports cannot be read.</exception>
    internal static TaskParts Open(DaemonOptions options, ILogger log, TimeProvider time)
    {
        if (FaultsOf(options.Tasks).ToArray() is { Length: > 0 } faults)
            throw new StartException(string.Join("; ", faults));
        try
        {
            return new TaskParts(options.TasksBasePath, new TaskCatalog(options.Tasks.Items), new ReportValidator(options.Tasks.Rules, time),
                ReportLog.Open(options.Tasks.Folder, options.Tasks.Durable, log));
        }
        catch (ReportsException e)
        {
            throw new StartException(Unusable(options.Tasks, e.Message));
        }
    }

    private static string Unusable(TaskOptions tasks, string reason) => $"the record of reports in '{tasks.Folder}' cannot be used: {reason}";
}

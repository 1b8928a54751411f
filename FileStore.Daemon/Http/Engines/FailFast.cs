using Serilog;

namespace FileStore.Daemon.Http.Engines;

/// <summary>For loops that must run as long as the process.</summary>
internal static class FailFast
{
    /// <summary>
    /// Ends the process when a loop fails. Without the loop the daemon would look healthy and serve nobody; a supervisor
    /// restarts it.
    /// </summary>
    internal static void OnFault(Task loop, ILogger log) => loop.ContinueWith(
        failed =>
        {
            log.Fatal(failed.Exception, "an engine loop failed; the daemon exits");
            Environment.Exit(1);
        }, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}

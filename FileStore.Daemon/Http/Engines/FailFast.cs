using Serilog;

namespace FileStore.Daemon.Http.Engines;

/// <summary>For loops that end with the process and no sooner.</summary>
internal static class FailFast
{
    /// <summary>A daemon that lost one of its loops would look well and serve nobody: better that it ends, and is started anew.</summary>
    internal static void OnFault(Task loop, ILogger log) => loop.ContinueWith(
        failed =>
        {
            log.Fatal(failed.Exception, "a loop of the engine has failed; the daemon ends");
            Environment.Exit(1);
        }, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}

using System.Runtime.InteropServices;
using FileStore.Core.Blobs;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Endpoints;
using FileStore.Daemon.Http;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>Composes the daemon, runs it until a signal, and lets it end.</summary>
internal sealed class DaemonHost(DaemonOptions options, Log log)
{
    /// <summary>How long running requests may take once a stop was asked for.</summary>
    internal static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly ILogger _log = log.Logger;
    private readonly TaskCompletionSource<string> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Engines? _engines;

    /// <summary>Runs the daemon. It returns when the daemon has stopped cleanly.</summary>
    /// <param name="ready">Called once it listens, with its URLs and what else the one who starts it should know.</param>
    /// <exception cref="StartException">It cannot start; nothing is left behind.</exception>
    internal async Task RunAsync(Action<string[], IEnumerable<string>> ready)
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
        using var pidFile = TakePidFile();
        var tokens = ReadTokens();
        JobsGate.Require(options);
        var relay = RelayGate.Open(options.Relay, _log);
        var exports = OpenExports();
        using var store = OpenStore();
        Assemblies.Load();
        IBlobStore blobs = options.Cache > 0 ? new CachedBlobStore(store, options.Cache, TimeProvider.System) : store;
        using var jobs = await OpenJobsAsync(blobs);
        var tasks = TasksGate.Open(options, _log);
        using var reports = tasks.Reports;
        var counts = new RequestCounts();
        var background = new BackgroundWork(jobs, _log);
        using var archiver = new ExportArchiver(exports, store.Scratch, TimeProvider.System, _log);
        var routes = Routes.Table(new RouteParts(blobs, options.MaxUpload, options.Buffer,
            exports, archiver, new CallbackGuard(options.CallbackHosts), new Callback(_log, TimeProvider.System), background,
            jobs, relay, tasks, new MetricsEndpoint(counts, store.Counts, jobs), TimeProvider.System, () => _stop.TrySetResult("GET /stop")));
        var dispatcher = new Dispatcher(routes, tokens, options.Listen, counts, log.Access, _log);
        var engines = await Engines.StartAsync(options, dispatcher, log.Access, _log);
        _engines = engines;
        jobs?.Start();
        AnswerStatus(string.Join(' ', engines.Urls), counts);
        WarnOfWhatIsOpen(engines.Urls[^1], tokens);
        WarnOfWhatCannotBeFlushed();
        _log.Information("pid {Pid} listens on {Url:l}; store {Store:l} ({Hash:l}, durability {Durability:l})", Environment.ProcessId,
            engines.AllUrls, options.Store, options.Hash.Name, options.Durable ? "fsync" : "none");
        foreach (var note in engines.Notes)
            _log.Information("{Note:l}", note);
        ready(engines.Urls, [.. options.Warnings.Select(warning => $"warning: {warning}"), .. engines.Notes]);
        SystemdNotify.Ready();

        var reason = await _stop.Task;
        SystemdNotify.Stopping();
        _log.Information("stopping on {Reason:l}; requests answered: {Requests}", reason, counts.Ended);
        var answered = dispatcher.DrainAsync(); // first: who finds the port closed is served on no other connection either
        engines.StopAccepting();
        var drained = DrainAsync(answered, engines, background, jobs);
        if (await Task.WhenAny(drained, Task.Delay(DrainTime)) != drained)
        {
            _log.Warning("some requests, archives or jobs had not ended after {Seconds} s and are cut", DrainTime.TotalSeconds);
            await Task.WhenAny(EndAsync(background, jobs), Task.Delay(LastWords));
        }

        _log.Information("stopped");
    }

    private static async Task DrainAsync(Task answered, Engines engines, BackgroundWork background, JobQueue? jobs)
    {
        var stopped = jobs?.StopAsync(); // jobs are told at once
        await answered;
        await background.DrainAsync(); // each request may have begun something that goes on
        await (stopped ?? Task.CompletedTask);
        await (jobs?.StopAsync() ?? Task.CompletedTask);
        await engines.EndAsync();
    }

    /// <summary>Ends the work in the background, and waits until that is recorded.</summary>
    private static async Task EndAsync(BackgroundWork background, JobQueue? jobs)
    {
        await background.CancelAsync();
        await (jobs?.StopAsync() ?? Task.CompletedTask);
    }

    private FileLock TakePidFile()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.PidFile)!);
            return FileLock.TryAcquire(options.PidFile, removeOnRelease: true)
                ?? throw new StartException($"already running (pid {FileLock.HolderOf(options.PidFile)})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the PID file cannot be written: {e.Message}");
        }
    }

    private AccessTokens ReadTokens()
    {
        try
        {
            return new AccessTokens(options.TokenFile, _log, TimeProvider.System);
        }
        catch (TokenFileException e)
        {
            throw new StartException(e.Message);
        }
    }

    private ExportRoots OpenExports()
    {
        try
        {
            return ExportRoots.Open(options.Exports, _log);
        }
        catch (ExportException e)
        {
            throw new StartException(e.Message);
        }
    }

    private DiskBlobStore OpenStore()
    {
        try
        {
            return DiskBlobStore.Open(options.DiskStore, _log);
        }
        catch (StoreOpenException e)
        {
            throw new StartException(e.Message);
        }
    }

    private void AnswerStatus(string url, RequestCounts counts)
    {
        var started = DateTimeOffset.UtcNow;
        var serving = StatusSocket.ServeAsync(() =>
            new DaemonStatus(Environment.ProcessId, url, started, options.Store, options.Hash.Name, counts.Ended));
        serving.ContinueWith(failed => _log.Warning("`filestore status` will not work: {Reason:l}", failed.Exception!.InnerException!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void WarnOfWhatIsOpen(string url, AccessTokens tokens)
    {
        foreach (var warning in options.Warnings)
            _log.Warning("{Warning:l}", warning);
        if (tokens.IsOpen)
            _log.Warning("there are no access tokens: whoever reaches {Url:l} may read, store and delete", url);
        if (options.JobsEnabled)
            _log.Warning("jobs are on: clients {Who:l} may run commands as {User:l}", tokens.IsOpen ? "on this machine" : "with the scope jobs", Environment.UserName);
    }

    private void WarnOfWhatCannotBeFlushed()
    {
        string?[] folders = [options.Store, options.Jobs?.Folder, options.Tasks.Folder, .. options.Exports.Values];
        foreach (var folder in options.Durable ? FolderFlush.FindImpossible(folders.OfType<string>()) : [])
        {
            _log.Warning("the file system of {Folder:l} cannot flush folders: a power cut may take the names of files that were stored "
                + "just before, although their uploads were acknowledged", folder);
        }
    }

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        // Who presses Ctrl-C twice means now. A second SIGTERM is another's `stop`, who will wait as well.
        if (!_stop.TrySetResult(context.Signal.ToString()) && context.Signal == PosixSignal.SIGINT)
            Environment.Exit(1);
    }

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        log.Reopen();
        _log.Information("log reopened");
        _engines?.ReloadCertificate();
    }

    private async Task<JobQueue?> OpenJobsAsync(IBlobStore blobs)
    {
        if (options.Jobs is not { } jobs)
            return null;
        try
        {
            return await JobQueue.OpenAsync(jobs, blobs, TimeProvider.System, _log);
        }
        catch (JobHistoryException e)
        {
            throw new StartException($"the jobs' history in '{jobs.Folder}' cannot be used: {e.Message}");
        }
    }
}

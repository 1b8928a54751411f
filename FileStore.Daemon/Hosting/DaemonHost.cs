using System.Diagnostics;
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
internal sealed class DaemonHost(DaemonOptions options, Log log, TimeProvider time)
{
    /// <summary>How long running requests may take once a stop was asked for.</summary>
    internal static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly ILogger _log = log.Logger;
    private readonly TaskCompletionSource<string> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Engines? _engines;
    private volatile Dispatcher? _dispatcher;

    /// <summary>Runs the daemon. It returns when the daemon has stopped cleanly.</summary>
    /// <param name="ready">Called once it listens, with its URLs and what else the one who starts it should know.</param>
    /// <exception cref="StartException">It cannot start; nothing is left behind.</exception>
    internal async Task RunAsync(Action<string[], IEnumerable<string>> ready)
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
        RequireNotRunning();
        var tokens = ReadTokens();
        JobsGate.Require(options);
        var relay = RelayGate.Open(options.Relay, _log, time);
        RequireFiles();
        Assemblies.Load();
        // The port before the disk: a start that is refused it has changed nothing. Who connects waits until all is open.
        var engines = await Engines.StartAsync(options, HandleAsync, log.Access, _log, time);
        _engines = engines;
        using var pidFile = TakePidFile();
        log.Open();
        var isNew = !Directory.Exists(options.Store) || !Directory.EnumerateFileSystemEntries(options.Store).Any();
        using var store = OpenStore();
        log.Begin(); // now that nobody else can be using it: a store has one daemon
        var exports = OpenExports();
        IBlobStore blobs = options.Cache > 0 ? new CachedBlobStore(store, options.Cache, time) : store;
        using var jobs = await OpenJobsAsync(blobs);
        var tasks = TasksGate.Open(options, _log, time);
        using var reports = tasks.Reports;
        var counts = new RequestCounts();
        var background = new BackgroundWork(jobs, _log);
        using var archiver = new ExportArchiver(exports, store.Scratch, time, _log);
        var routes = Routes.Table(new RouteParts(blobs, options.MaxUpload, options.Buffer,
            exports, archiver, new CallbackGuard(options.CallbackHosts), new Callback(_log, time), background,
            jobs, relay, tasks, new MetricsEndpoint(counts, store.Counts, jobs), time, () => _stop.TrySetResult("GET /stop")));
        var dispatcher = new Dispatcher(routes, tokens, options.Listen, counts, log.Access, _log) { HttpsPort = engines.HttpsPort };
        _dispatcher = dispatcher;
        _open.SetResult();
        jobs?.Start();
        AnswerStatus(string.Join(' ', engines.Urls), counts);
        string[] warnings = [.. options.Warnings, .. WhatIsOpen(engines.Urls[^1], tokens), .. StrangeOwner(), .. WhatCannotBeFlushed()];
        foreach (var warning in warnings)
            _log.Warning("{Warning:l}", warning);
        _log.Information("pid {Pid} listens on {Url:l}; store {Store:l} ({Hash:l}, durability {Durability:l})", Environment.ProcessId,
            engines.AllUrls, options.Store, options.Hash.Name, options.Durable ? "fsync" : "none");
        string[] notes = [.. engines.Notes, .. isNew ? [$"new store: {options.Store} ({options.Hash.Name})"] : Array.Empty<string>()];
        foreach (var note in notes)
            _log.Information("{Note:l}", note);
        ready(engines.Urls, [.. warnings.Select(warning => $"warning: {warning}"), .. notes]);
        SystemdNotify.Ready();

        var reason = await _stop.Task;
        SystemdNotify.Stopping();
        _log.Information("stopping on {Reason:l}; requests answered: {Requests}", reason, counts.Ended);
        var answered = dispatcher.DrainAsync(); // first: who finds the port closed is served on no other connection either
        engines.StopAccepting();
        var drained = DrainAsync(answered, engines, background, jobs);
        if (await Task.WhenAny(drained, Task.Delay(DrainTime, time)) != drained)
        {
            _log.Warning("some requests, archives or jobs had not ended after {Seconds} s and are cut", DrainTime.TotalSeconds);
            await Task.WhenAny(EndAsync(background, jobs), Task.Delay(LastWords, time));
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

    private Task HandleAsync(IHttpExchange exchange) => _dispatcher is { } dispatcher ? dispatcher.HandleAsync(exchange) : HandleLaterAsync(exchange);

    private async Task HandleLaterAsync(IHttpExchange exchange)
    {
        await _open.Task;
        await _dispatcher!.HandleAsync(exchange);
    }

    private void RequireNotRunning()
    {
        try
        {
            if (FileLock.HolderOf(options.PidFile) is { } holder)
                throw AlreadyRunning(holder);
        }
        catch (IOException e)
        {
            throw new StartException($"the PID file cannot be used: {e.Message}");
        }
    }

    private FileLock TakePidFile()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.PidFile)!);
            return FileLock.TryAcquire(options.PidFile, removeOnRelease: true) ?? throw AlreadyRunning(FileLock.HolderOf(options.PidFile) ?? default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the PID file cannot be written: {e.Message}");
        }
    }

    private static StartException AlreadyRunning(LockHolder holder) => new($"already running ({holder})");

    /// <summary>What would be found out later, when there are files already that this start has made.</summary>
    private void RequireFiles()
    {
        string?[] faults = [StartCheck.StoreFault(options), StartCheck.FaultOf(() => ExportRoots.RequireUsable(options.Exports)), .. TasksGate.FaultsOf(options.Tasks)];
        if (Array.Find(faults, fault => fault is not null) is { } first)
            throw new StartException(first);
    }

    private AccessTokens ReadTokens()
    {
        try
        {
            return new AccessTokens(options.TokenFile, _log, time);
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
        var started = Stopwatch.GetTimestamp(); // and not the time of day, which may be set
        var serving = StatusSocket.ServeAsync(() => new DaemonStatus(
            Environment.ProcessId, url, (long)Stopwatch.GetElapsedTime(started).TotalSeconds, options.Store, options.Hash.Name, counts.Ended));
        serving.ContinueWith(failed => _log.Warning("`filestore status` will not work: {Reason:l}", failed.Exception!.InnerException!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private IEnumerable<string> WhatIsOpen(string url, AccessTokens tokens)
    {
        if (tokens.IsOpen)
            yield return $"there are no access tokens: whoever reaches {url} may read, store and delete";
        if (options.JobsEnabled)
            yield return $"jobs are on: clients {(tokens.IsOpen ? "on this machine" : "with the scope jobs")} may run commands as {Environment.UserName}";
    }

    /// <summary>Whether root writes where somebody else's daemon may have to write later.</summary>
    private IEnumerable<string> StrangeOwner()
    {
        if (Environment.IsPrivilegedProcess && FileStamp.Of(options.Home) is { Owner: not 0 } home)
            yield return $"root runs the daemon in a home of user {home.Owner}, who will not be able to change the files that it makes";
    }

    private IEnumerable<string> WhatCannotBeFlushed()
    {
        string?[] folders = [options.Store, options.Jobs?.Folder, options.Tasks.Folder, .. options.Exports.Values];
        foreach (var folder in options.Durable ? FolderFlush.FindImpossible(folders.OfType<string>()) : [])
        {
            yield return $"the file system of {folder} cannot flush folders: a power cut may take the names of files that were stored "
                + "just before, although their uploads were acknowledged";
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
            return await JobQueue.OpenAsync(jobs, blobs, time, _log);
        }
        catch (JobHistoryException e)
        {
            throw new StartException($"the jobs' history in '{jobs.Folder}' cannot be used: {e.Message}");
        }
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using FileStore.Core.Blobs;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using FileStore.Daemon.Features;
using FileStore.Daemon.Features.Exports;
using FileStore.Daemon.Features.Operations;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>Composes the daemon, runs it until a signal, and lets it end.</summary>
internal sealed partial class DaemonHost(DaemonOptions options, Log log, TimeProvider time)
{
    /// <summary>How long running requests may take once a stop was asked for.</summary>
    internal static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);

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
        var engines = await ListenAsync();
        _engines = engines;
        using var pidFile = TakePidFile();
        log.Open();
        var isNew = DiskBlobStore.IsNew(options.DiskStore);
        using var store = OpenStore();
        log.Begin(); // now that nobody else can be using it: a store has one daemon
        var exports = OpenExports();
        IBlobStore blobs = options.Cache > 0 ? new CachedBlobStore(store, options.Cache, time) : store;
        using var jobs = await OpenJobsAsync(blobs);
        var tasks = TasksGate.Open(options, _log, time);
        using var reports = tasks.Reports;
        var counts = new HttpMetrics();
        var background = new BackgroundWork(jobs, _log);
        using var archiver = new ExportArchiver(exports, store.Scratch, time, _log);
        var routes = Routes.Table(new RouteParts(blobs, options.MaxUpload, options.Buffer,
            exports, archiver, new CallbackPolicy(options.CallbackHosts), new Callback(_log, time), background,
            jobs, relay, tasks, new MetricsEndpoint(counts, store.Metrics, jobs), time, () => _stop.TrySetResult("GET /stop")));
        var dispatcher = new Dispatcher(routes, tokens, options.Listen, counts, log.Access, _log) { HttpsPort = engines.HttpsPort };
        _dispatcher = dispatcher;
        _open.SetResult();
        jobs?.Start();
        ServeStatus(string.Join(' ', engines.Urls), counts);
        string[] warnings = [.. options.Warnings, .. WarnOfOpenAccess(engines.Urls[^1], tokens), .. WarnOfForeignOwner(), .. WarnOfUnflushableFolders()];
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
            await Task.WhenAny(EndAsync(background, jobs), Task.Delay(ShutdownTimeout, time));
        }

        _log.Information("stopped");
    }

    /// <exception cref="StartException">An address cannot be listened on, perhaps because this very daemon runs by now.</exception>
    private async Task<Engines> ListenAsync()
    {
        try
        {
            return await Engines.StartAsync(options, HandleAsync, log.Access, _log, time);
        }
        catch (StartException)
        {
            RequireNotRunning();
            throw;
        }
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

    private void ServeStatus(string url, HttpMetrics counts)
    {
        var started = Stopwatch.GetTimestamp(); // and not the time of day, which may be set
        var serving = StatusSocket.ServeAsync(() => new DaemonStatus(
            Environment.ProcessId, url, (long)Stopwatch.GetElapsedTime(started).TotalSeconds, options.Store, options.Hash.Name, counts.Ended));
        serving.ContinueWith(failed => _log.Warning("`filestore status` will not work: {Reason:l}", failed.Exception!.InnerException!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
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
}

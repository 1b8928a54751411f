using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using FileStore.Core.Blobs;
using FileStore.Core.Names;
using FileStore.Daemon.Features;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Options;
using Serilog;

namespace FileStore.Daemon.Hosting;

/// <summary>Runs the daemon: opens the store and the features, serves until it is told to stop, and ends cleanly.</summary>
internal sealed class DaemonHost(DaemonOptions options, Log log, TimeProvider time)
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
    /// <param name="ready">Called once it serves, with its URLs and with notes for the user who starts it.</param>
    /// <exception cref="StartException">It cannot start; nothing is left behind.</exception>
    internal async Task RunAsync(Action<string[], IEnumerable<string>> ready)
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
        var startup = new Startup(options, _log, time);
        startup.RequireNotRunning();
        var tokens = startup.ReadTokens();
        if (StartupValidator.StorageFaults(options).FirstOrDefault() is { } fault)
            throw new StartException(fault);
        Assemblies.Load();
        // The port before the disk: a start that is refused it has changed nothing. Connections wait until all is open.
        var engines = await startup.ListenAsync(HandleAsync, log.Access);
        _engines = engines;
        using var pidFile = startup.TakePidFile();
        log.Open();
        var isNew = DiskBlobStore.IsNew(options.DiskStore);
        using var store = startup.OpenStore();
        log.Begin(); // now that no other daemon can be using it: the store is locked
        using var meter = new Meter("FileStore");
        var metrics = new HttpMetrics(meter);
        var background = new BackgroundWork(_log);
        IBlobStore blobs = options.Cache > 0 ? new CachedBlobStore(store, options.Cache, time) : store;
        await using var index = LazyIndex.OfSqlite(options.IndexFile, options.Hash, options.Durable, time);
        var links = new SignedLinks(options.LinkKeyFile, time);
        var context = new FeatureContext(options, new NamedBlobStore(blobs, index), links, store.Metrics, store.Scratch, background, meter, tokens.IsOpen, reason => _stop.TrySetResult(reason), time, _log);
        await using var features = await FeatureSet.OpenAsync(FeatureList.All, context);
        var dispatcher = new Dispatcher(new RouteTable(features.Routes), tokens, links, options.Listen, metrics, log.Access, _log) { HttpsPort = engines.HttpsPort };
        _dispatcher = dispatcher;
        _open.SetResult();
        features.Start();
        ServeStatus(string.Join(' ', engines.Urls), metrics);
        string[] warnings = [.. options.Warnings, .. startup.Warnings(engines.Urls[^1], tokens), .. context.Warnings];
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
        _log.Information("stopping on {Reason:l} after {Requests} requests", reason, metrics.Ended);
        var requests = dispatcher.DrainAsync(); // before the port is closed, or clients would try other connections of theirs
        engines.StopAccepting();
        var drained = DrainAsync(requests, engines, background, features);
        if (await Task.WhenAny(drained, Task.Delay(DrainTime, time)) != drained)
        {
            _log.Warning("some requests, archives or jobs had not ended after {Seconds} s and are cut", DrainTime.TotalSeconds);
            await Task.WhenAny(CancelAsync(background, features), Task.Delay(ShutdownTimeout, time));
        }

        _log.Information("stopped");
    }

    private static async Task DrainAsync(Task requests, Engines engines, BackgroundWork background, FeatureSet features)
    {
        var stopped = features.StopAsync();
        await requests;
        await background.DrainAsync(); // each request may have begun work
        await stopped;
        await features.StopAsync();
        await engines.EndAsync();
    }

    /// <summary>Cancels the work in the background, and waits until that is recorded.</summary>
    private static async Task CancelAsync(BackgroundWork background, FeatureSet features)
    {
        await background.CancelAsync();
        await features.StopAsync();
    }

    private Task HandleAsync(IHttpExchange exchange) => _dispatcher is { } dispatcher ? dispatcher.HandleAsync(exchange) : HandleLaterAsync(exchange);

    private async Task HandleLaterAsync(IHttpExchange exchange)
    {
        await _open.Task;
        await _dispatcher!.HandleAsync(exchange);
    }

    private void ServeStatus(string url, HttpMetrics metrics)
    {
        var started = Stopwatch.GetTimestamp(); // not the time of day, which may be set
        var serving = StatusSocket.ServeAsync(() => new DaemonStatus(
            Environment.ProcessId, url, (long)Stopwatch.GetElapsedTime(started).TotalSeconds, options.Store, options.Hash.Name, metrics.Ended));
        serving.ContinueWith(failed => _log.Warning("`filestore status` will not work: {Reason:l}", failed.Exception!.InnerException!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        // Ctrl-C twice means now. A second SIGTERM is another `stop`, which waits as well.
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

using System.Net.Sockets;
using System.Runtime.InteropServices;
using FileStore.Core.Blobs;
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

    private const int FilesToSpare = 64;

    private readonly ILogger _log = log.Logger;
    private readonly TaskCompletionSource<PosixSignal> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Looks at what a start would find, and changes nothing.</summary>
    /// <exception cref="OptionsException">It would be refused.</exception>
    internal static void Check(DaemonOptions options)
    {
        string? fault;
        try
        {
            fault = DiskBlobStore.FindFault(StoreOptions(options));
        }
        catch (StoreOpenException e)
        {
            fault = e.Message;
        }

        if (fault is not null)
            throw new OptionsException([fault]);
    }

    /// <summary>Runs the daemon. It returns when the daemon has stopped cleanly.</summary>
    /// <param name="ready">Called with the URL once it listens.</param>
    /// <exception cref="StartException">It cannot start; nothing is left behind.</exception>
    internal async Task RunAsync(Action<string> ready)
    {
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
        using var pidFile = TakePidFile();
        using var store = OpenStore();
        Assemblies.Load();
        IBlobStore blobs = options.Cache > 0 ? new CachedBlobStore(store, options.Cache, TimeProvider.System) : store;
        var routes = Routes.Table(blobs, options.MaxUpload, options.Buffer, TimeProvider.System);
        var dispatcher = new Dispatcher(routes, options.Listen, _log);
        var engine = StartEngine(dispatcher);
        var url = ListenAddresses.Url(engine.EndPoints[0]);
        AnswerStatus(url, dispatcher);
        WarnOfWhatIsOpen(url);
        _log.Information("pid {Pid} listens on {Url:l}; store {Store:l} ({Hash:l}, durability {Durability:l})", Environment.ProcessId,
            string.Join(' ', engine.EndPoints.Select(ListenAddresses.Url)), options.Store, options.Hash.Name, options.Durable ? "fsync" : "none");
        ready(url);
        SystemdNotify.Ready();

        var signal = await _stop.Task;
        SystemdNotify.Stopping();
        _log.Information("stopping on {Signal}; requests answered: {Requests}", signal, dispatcher.Count);
        engine.StopAccepting();
        var drained = dispatcher.DrainAsync();
        if (await Task.WhenAny(drained, Task.Delay(DrainTime)) != drained)
            _log.Warning("some requests were still running after {Seconds} s and are cut", DrainTime.TotalSeconds);
        _log.Information("stopped");
    }

    private static DiskStoreOptions StoreOptions(DaemonOptions options) => new(options.Store, options.Hash, options.Durable, options.Buffer);

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

    private DiskBlobStore OpenStore()
    {
        try
        {
            return DiskBlobStore.Open(StoreOptions(options), _log);
        }
        catch (StoreOpenException e)
        {
            throw new StartException(e.Message);
        }
    }

    /// <summary>
    /// How many connections leave enough files for all else: each may have one of the store open besides itself, and a
    /// runtime that finds none for a new thread ends the process. The limit may be changed while we run (prlimit(1)).
    /// </summary>
    private static Func<int> ConnectionLimit()
    {
        var own = Directory.GetFiles("/proc/self/fd").Length + DiskBlobStore.OwnFiles + FilesToSpare;
        return () => Math.Max(16, (ProcessControl.MaxOpenFiles() - own) / 2);
    }

    private HttpListenerEngine StartEngine(Dispatcher dispatcher)
    {
        try
        {
            return new HttpListenerEngine(ListenAddresses.Resolve(options.Host, options.Port), ConnectionLimit(), dispatcher.HandleAsync, _log);
        }
        catch (SocketException e)
        {
            throw new StartException($"cannot listen on {options.Host} port {options.Port}: {e.Message}");
        }
    }

    private void AnswerStatus(string url, Dispatcher dispatcher)
    {
        var started = DateTimeOffset.UtcNow;
        var serving = StatusSocket.ServeAsync(() =>
            new DaemonStatus(Environment.ProcessId, url, started, options.Store, options.Hash.Name, dispatcher.Count));
        serving.ContinueWith(failed => _log.Warning("`filestore status` will not work: {Reason:l}", failed.Exception!.InnerException!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void WarnOfWhatIsOpen(string url)
    {
        foreach (var warning in options.Warnings)
            _log.Warning("{Warning:l}", warning);
        _log.Warning("there are no access tokens: whoever reaches {Url:l} may read, store and delete", url);
    }

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        // Who presses Ctrl-C twice means now. A second SIGTERM is another's `stop`, who will wait as well.
        if (!_stop.TrySetResult(context.Signal) && context.Signal == PosixSignal.SIGINT)
            Environment.Exit(1);
    }

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        log.Reopen();
        _log.Information("log reopened");
    }
}

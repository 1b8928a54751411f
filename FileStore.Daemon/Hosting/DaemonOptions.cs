using FileStore.Core.Blobs;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Core.Relay;
using FileStore.Core.Tasks;
using FileStore.Daemon.Http.Outgoing;
using Serilog.Events;

namespace FileStore.Daemon.Hosting;

/// <summary>Everything that can be set, with its default. Paths are absolute once loaded.</summary>
internal sealed record DaemonOptions
{
    /// <summary>Where relative paths start.</summary>
    public string Home { get; init; } = "";

    /// <summary>What to listen on: an IPv4 or IPv6 address, or a name.</summary>
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>0 lets the system choose a free one.</summary>
    public int Port { get; init; } = 9000;

    /// <summary>What carries plain HTTP.</summary>
    public EngineKind Engine { get; init; }

    public TlsOptions Tls { get; init; } = TlsOptions.Off;

    /// <summary>HTTPS port, if <see cref="Tls"/> is on; 0 lets the system choose a free one.</summary>
    public int TlsPort { get; init; } = 9443;

    public LogEventLevel LogLevel { get; init; } = LogEventLevel.Information;

    /// <summary>Requests handled at the same time.</summary>
    public int Listen { get; init; } = 512;

    /// <summary>Bytes of an I/O buffer.</summary>
    public int Buffer { get; init; } = 128 << 10;

    public string Store { get; init; } = "store";

    public HashKind Hash { get; init; } = HashKind.Sha256;

    /// <summary>Whether an answered upload survives a loss of power.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Bytes; 0 for no limit.</summary>
    public long MaxUpload { get; init; }

    /// <summary>Bytes of memory for small blobs; 0 for none.</summary>
    public long Cache { get; init; } = 64_000_000;

    public string PidFile { get; init; } = "filestore.pid";

    public string LogFile { get; init; } = Path.Join("log", "server.log");

    /// <summary>The exported directories by their names.</summary>
    public IReadOnlyDictionary<string, string> Exports { get; init; } = new Dictionary<string, string>();

    /// <summary>Names and addresses that anybody's callbacks may go to.</summary>
    public IReadOnlyList<string> CallbackHosts { get; init; } = [];

    /// <summary>Whether clients may run commands on this machine.</summary>
    public bool JobsEnabled { get; init; }

    /// <summary>How they are run, if they are.</summary>
    public JobOptions JobOptions { get; init; } = new() { Folder = "jobs", WorkingDirectory = "." };

    /// <summary>How jobs are run; null where they are off.</summary>
    public JobOptions? Jobs => JobsEnabled ? JobOptions : null;

    /// <summary>How uploads are passed on.</summary>
    public RelayOptions Relay { get; init; } = new();

    /// <summary>A file with the settings of tasks; null for none.</summary>
    public string? TasksFile { get; init; }

    /// <summary>What stands before the paths of tasks: nothing, or a path with its first slash.</summary>
    public string TasksBasePath { get; init; } = "/xyz/api/cleaner";

    /// <summary>The tasks that partners are given, and what is done with their reports.</summary>
    public TaskOptions Tasks { get; init; } = new() { Folder = "tasks" };

    /// <summary>How the store is opened.</summary>
    public DiskStoreOptions DiskStore => new(Store, Hash, Durable, Buffer);

    /// <summary>The access tokens, if there is such a file.</summary>
    public string TokenFile => Path.Join(Home, "tokens.json");

    /// <summary>Things that are no faults, but that somebody should know of.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>How uploads are passed on.</summary>
internal sealed record RelayOptions
{
    /// <summary>Where to.</summary>
    public UpstreamOptions Upstream { get; init; } = new();

    /// <summary>What they have to be like.</summary>
    public UploadRuleOptions Rules { get; init; } = new();

    /// <summary>The local directories whose files may be passed on.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The hosts whose files may be.</summary>
    public IReadOnlyList<RemoteHost> Hosts { get; init; } = [];
}

internal enum EngineKind
{
    HttpListener,
    Kestrel,
}

/// <summary>Whether there is HTTPS, and with which certificate.</summary>
/// <param name="IsOn">Whether there is.</param>
/// <param name="Certificate">The certificate and those that lead from it to its authority, PEM; null to make one at start.</param>
/// <param name="Key">Its private key, PEM.</param>
internal sealed record TlsOptions(bool IsOn, string? Certificate = null, string? Key = null)
{
    internal static readonly TlsOptions Off = new(IsOn: false);

    internal static readonly TlsOptions AdHoc = new(IsOn: true);
}

/// <summary>The options cannot be used. Each fault names the place it stands at.</summary>
internal sealed class OptionsException(IReadOnlyList<string> faults) : Exception(string.Join('\n', faults))
{
    internal IReadOnlyList<string> Faults { get; } = faults;
}

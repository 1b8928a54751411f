using System.Collections.Immutable;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using Serilog.Events;

namespace FileStore.Daemon.Options;

/// <summary>The options of the daemon and of its features, with their defaults. Paths are absolute.</summary>
internal sealed record DaemonOptions
{
    private readonly string? _store, _pidFile, _logFile;

    private ImmutableDictionary<Type, object> Sections { get; init; } = ImmutableDictionary<Type, object>.Empty;

    /// <summary>The directory where relative paths start.</summary>
    public string Home { get; init; } = "";

    /// <summary>The address to listen on: IPv4, IPv6 or a name.</summary>
    public string Host { get; init; } = "0.0.0.0";

    /// <summary>The port of plain HTTP; 0 picks a free one.</summary>
    public int Port { get; init; } = 9000;

    /// <summary>The HTTP server of the plain port.</summary>
    public EngineKind Engine { get; init; }

    public TlsOptions Tls { get; init; } = TlsOptions.Off;

    /// <summary>The port of HTTPS, if <see cref="Tls"/> is on; 0 picks a free one.</summary>
    public int TlsPort { get; init; } = 9443;

    public LogEventLevel LogLevel { get; init; } = LogEventLevel.Information;

    /// <summary>The most concurrent requests.</summary>
    public int Listen { get; init; } = 512;

    /// <summary>Bytes of an I/O buffer.</summary>
    public int Buffer { get; init; } = 128 << 10;

    public string Store { get => _store ?? Absolute("store"); init => _store = value; }

    public HashKind Hash { get; init; } = HashKind.Sha256;

    /// <summary>Whether acknowledged uploads survive a loss of power.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The largest upload in bytes; 0 for no limit.</summary>
    public long MaxUpload { get; init; }

    /// <summary>Bytes of memory for small blobs; 0 for none.</summary>
    public long Cache { get; init; } = 64_000_000;

    public string PidFile { get => _pidFile ?? Absolute("filestore.pid"); init => _pidFile = value; }

    public string LogFile { get => _logFile ?? Absolute(Path.Join("log", "server.log")); init => _logFile = value; }

    /// <summary>The environment of programs that the daemon starts.</summary>
    public IReadOnlyDictionary<string, string> ProgramEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>How the store is opened.</summary>
    public DiskStoreOptions DiskStore => new(Store, Hash, Durable, Buffer);

    /// <summary>The file of the index of names, which is made for the first name.</summary>
    public string IndexFile => Absolute(Path.Join("index", "index.db"));

    /// <summary>The file of the access tokens, which need not exist.</summary>
    public string TokenFile => Path.Join(Home, "tokens.json");

    /// <summary>The file of the key that signs links, which is made for the first link.</summary>
    public string LinkKeyFile => Path.Join(Home, "links.key");

    /// <summary>Options that are valid and have no effect, or are unknown: each a sentence.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>A path, made absolute from <see cref="Home"/>.</summary>
    internal string Absolute(string path) => Home.Length == 0 ? path : Path.GetFullPath(path, Home);

    /// <summary>The options of a feature; null if none were set.</summary>
    internal T? Find<T>() where T : class => (T?)Sections.GetValueOrDefault(typeof(T));

    /// <summary>These options with those of a feature, in place of the ones that it had.</summary>
    internal DaemonOptions With<T>(T section) where T : class => this with { Sections = Sections.SetItem(typeof(T), section) };
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

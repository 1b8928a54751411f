using CommandLine;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Cli;

/// <summary>The options of every command. They select the daemon.</summary>
internal abstract class CommonArguments
{
    private const string Files = "Files and log";

    [Group(Files), Option("home", MetaValue = "DIR", HelpText = "Where relative paths start: store, PID file, log, filestore.json, tokens.json (default: current directory)")]
    public string? Home { get; set; }

    [Group(Files), Option("config", MetaValue = "FILE", HelpText = "Configuration, a JSON file with the options' names in camelCase (default: filestore.json, if present)")]
    public string? Config { get; set; }

    [Group(Files), Option("pid-file", MetaValue = "FILE", HelpText = "PID file (default: filestore.pid)")]
    public string? PidFile { get; set; }

    [Value(0, Hidden = true)]
    public IEnumerable<string> Rest { get; set; } = [];

    /// <summary>The options that were given, by name without dashes.</summary>
    internal Dictionary<string, string> Given() =>
        (from option in OptionInfo.Of(GetType())
         let text = option.Declared.Hidden ? null : TextOf(option.Property.GetValue(this))
         where text is not null
         select (option.Name, text)).ToDictionary();

    private static string? TextOf(object? value) => value switch
    {
        string text => text,
        true => "true",
        IEnumerable<string> texts when texts.Any() => string.Join(OptionDefinition.BetweenFlags, texts),
        _ => null,
    };
}

/// <summary>The options of a daemon, as text: the loader validates them together with those of other sources.</summary>
internal abstract class DaemonArguments : CommonArguments
{
    private const string Network = "Network", Storage = "Storage", Features = "Features", Files = "Files and log";

    [Group(Network), Option("host", MetaValue = "HOST", HelpText = "Address to listen on: IPv4, IPv6 or a name (default: 0.0.0.0)")]
    public string? Host { get; set; }

    [Group(Network), Option('p', "port", MetaValue = "PORT", HelpText = "HTTP port; 0 picks a free port (default: 9000)")]
    public string? Port { get; set; }

    [Group(Network), Option("tls", MetaValue = "KIND", HelpText = "HTTPS: off, adhoc (a self-signed certificate, made at each start), or CERT.pem,KEY.pem (default: off)")]
    public string? Tls { get; set; }

    [Group(Network), Option("tls-port", MetaValue = "PORT", HelpText = "HTTPS port; 0 picks a free port (default: 9443)")]
    public string? TlsPort { get; set; }

    [Group(Network), Option("engine", MetaValue = "NAME", HelpText = "HTTP server for the plain port: httplistener or kestrel (default: httplistener)")]
    public string? Engine { get; set; }

    [Group(Network), Option("listen", MetaValue = "N", HelpText = "Maximum concurrent requests; further ones get 503 (default: 512)")]
    public string? Listen { get; set; }

    [Group(Storage), Option("store", MetaValue = "DIR", HelpText = "The store's directory (default: store)")]
    public string? Store { get; set; }

    [Group(Storage), Option("hash", MetaValue = "KIND", HelpText = "md5, sha1, sha256 or sha512; fixed when the store is made (default: sha256)")]
    public string? Hash { get; set; }

    [Group(Storage), Option("durability", MetaValue = "KIND", HelpText = "fsync: acknowledged uploads survive power loss; none: only a crash of the daemon (default: fsync)")]
    public string? Durability { get; set; }

    [Group(Storage), Option("max-upload", MetaValue = "SIZE", HelpText = "Largest file, such as 500MB or 2GiB; 0 is no limit (default: 0)")]
    public string? MaxUpload { get; set; }

    [Group(Storage), Option("cache", MetaValue = "SIZE", HelpText = "Memory for small files that are requested often; 0 turns it off (default: 64MB)")]
    public string? Cache { get; set; }

    [Group(Storage), Option("buffer", MetaValue = "SIZE", HelpText = "Bytes of an I/O buffer, at least 4096 (default: 131072)")]
    public string? Buffer { get; set; }

    [Group(Storage), Option("grace", MetaValue = "TIME", HelpText = "How long a file stays once no name points at it, such as 90s, 5m, 1h or 7d (default: 1h)")]
    public string? Grace { get; set; }

    [Group(Features), Option("export", MetaValue = "NAME=DIR", HelpText = "Publish DIR as NAME (DIR alone: under the directory's own name); repeatable")]
    public IEnumerable<string> Export { get; set; } = [];

    [Group(Features), Option("jobs", HelpText = "Allow clients to run shell commands (requires access tokens or a loopback --host)")]
    public bool Jobs { get; set; }

    [Group(Features), Option("tasks", MetaValue = "FILE", HelpText = "JSON file holding the 'tasks' section: tasks for partners")]
    public string? Tasks { get; set; }

    [Group(Features), Option("upstream", MetaValue = "URL", HelpText = "Where valid uploads to /upload1 and /upload2 are forwarded")]
    public string? Upstream { get; set; }

    [Group(Features), Option("upstream-insecure", HelpText = "Do not verify the upstream's certificate")]
    public bool UpstreamInsecure { get; set; }

    [Group(Files), Option("log", MetaValue = "LEVEL", HelpText = "DEBUG, INFO, WARNING or ERROR (default: INFO)")]
    public string? Log { get; set; }

    [Group(Files), Option("log-file", MetaValue = "FILE", HelpText = "Log file (default: log/server.log)")]
    public string? LogFile { get; set; }
}

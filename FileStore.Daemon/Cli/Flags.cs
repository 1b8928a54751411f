using CommandLine;
using FileStore.Daemon.Hosting;

namespace FileStore.Daemon.Cli;

/// <summary>What goes with every verb: it says which daemon is meant.</summary>
internal abstract class Flags
{
    [Option("home", MetaValue = "DIR", HelpText = "(Default: current directory) Where relative paths start: store, PID file, log, filestore.json, tokens.json.")]
    public string? Home { get; set; }

    [Option("pid-file", MetaValue = "FILE", HelpText = "(Default: filestore.pid) The PID file.")]
    public string? PidFile { get; set; }

    [Option("config", MetaValue = "FILE", HelpText = "(Default: filestore.json if present) Configuration: JSON with the options' names in camelCase.")]
    public string? Config { get; set; }

    [Value(0, Hidden = true)]
    public IEnumerable<string> Rest { get; set; } = [];

    /// <summary>The options that were given, by name without dashes.</summary>
    internal Dictionary<string, string> Given() =>
        Options().Where(option => option.Value is not null).ToDictionary(option => option.Name, option => option.Value!);

    /// <summary>Whether there is an option of this name, without dashes, that is followed by a value.</summary>
    internal bool TakesValue(string name) => Options().Any(option => option.Name == name && option.Type != typeof(bool));

    /// <summary>Whether an option of this name may be given several times.</summary>
    internal bool IsRepeatable(string name) => Options().Any(option => option.Name == name && option.Type == typeof(IEnumerable<string>));

    private IEnumerable<(string Name, Type Type, string? Value)> Options() =>
        from property in GetType().GetProperties()
        let option = property.GetCustomAttributes(typeof(OptionAttribute), inherit: true).Cast<OptionAttribute>().FirstOrDefault()
        where option is { Hidden: false }
        select (option.LongName, property.PropertyType, TextOf(property.GetValue(this)));

    private static string? TextOf(object? value) => value switch
    {
        string text => text,
        true => "true",
        IEnumerable<string> texts when texts.Any() => string.Join(Setting.BetweenFlags, texts),
        _ => null,
    };
}

/// <summary>The options of a daemon. All are text here: the loader judges them together with the other sources.</summary>
internal abstract class DaemonFlags : Flags
{
    [Option("host", MetaValue = "HOST", HelpText = "(Default: 0.0.0.0) Address to listen on: IPv4, IPv6 or a name.")]
    public string? Host { get; set; }

    [Option("port", MetaValue = "PORT", HelpText = "(Default: 9000) HTTP port; 0 takes a free one.")]
    public string? Port { get; set; }

    [Option("engine", MetaValue = "NAME", HelpText = "(Default: httplistener) What carries plain HTTP: httplistener or kestrel.")]
    public string? Engine { get; set; }

    [Option("tls", MetaValue = "KIND", HelpText = "(Default: off) HTTPS: off, adhoc (a certificate made at each start), or CERT.pem,KEY.pem.")]
    public string? Tls { get; set; }

    [Option("tls-port", MetaValue = "PORT", HelpText = "(Default: 9443) HTTPS port; 0 takes a free one.")]
    public string? TlsPort { get; set; }

    [Option("log", MetaValue = "LEVEL", HelpText = "(Default: INFO) DEBUG, INFO, WARNING or ERROR.")]
    public string? Log { get; set; }

    [Option("listen", MetaValue = "N", HelpText = "(Default: 512) Requests handled at the same time; one more gets 503.")]
    public string? Listen { get; set; }

    [Option("buffer", MetaValue = "SIZE", HelpText = "(Default: 131072) Bytes of an I/O buffer, 4096 at least.")]
    public string? Buffer { get; set; }

    [Option("store", MetaValue = "DIR", HelpText = "(Default: store) The store's directory.")]
    public string? Store { get; set; }

    [Option("hash", MetaValue = "KIND", HelpText = "(Default: sha256) md5, sha1, sha256 or sha512; fixed when the store is made.")]
    public string? Hash { get; set; }

    [Option("durability", MetaValue = "KIND", HelpText = "(Default: fsync) fsync: an answered upload survives power loss; none: a crash of the daemon only.")]
    public string? Durability { get; set; }

    [Option("max-upload", MetaValue = "SIZE", HelpText = "(Default: 0, no limit) Largest file, e.g. 500MB or 2GiB.")]
    public string? MaxUpload { get; set; }

    [Option("cache", MetaValue = "SIZE", HelpText = "(Default: 64MB) Memory for small files that are asked for often; 0 turns it off.")]
    public string? Cache { get; set; }

    [Option("export", MetaValue = "NAME=DIR", HelpText = "A directory to publish under a name; DIR alone goes by its own. Can be given several times.")]
    public IEnumerable<string> Export { get; set; } = [];

    [Option("jobs", HelpText = "Lets clients run shell commands on this machine: with access tokens, or on loopback alone.")]
    public bool Jobs { get; set; }

    [Option("upstream", MetaValue = "URL", HelpText = "Where uploads to /upload1 and /upload2 are passed on to, once they have passed the rules.")]
    public string? Upstream { get; set; }

    [Option("upstream-insecure", HelpText = "Takes any certificate of the upstream.")]
    public bool UpstreamInsecure { get; set; }

    [Option("tasks", MetaValue = "FILE", HelpText = "Tasks for partners: JSON as the configuration's section tasks has it.")]
    public string? Tasks { get; set; }

    [Option("log-file", MetaValue = "FILE", HelpText = "(Default: log/server.log) The log.")]
    public string? LogFile { get; set; }
}

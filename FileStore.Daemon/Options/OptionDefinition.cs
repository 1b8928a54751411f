using System.Net;
using FileStore.Core.Primitives;
using Serilog.Events;

namespace FileStore.Daemon.Options;

/// <summary>
/// An option, under one name in three spellings: <c>--max-upload</c>, <c>FILESTORE_MAX_UPLOAD</c> and <c>"maxUpload"</c>.
/// </summary>
/// <param name="Name">The name on the command line, without its dashes.</param>
/// <param name="Apply">Adds a value to the options; throws <see cref="FormatException"/> with what the value should be.</param>
/// <param name="Kind">The form of the value in the configuration file.</param>
/// <param name="Key">The key in the configuration file, where it differs: <c>section.key</c> is in a section.</param>
/// <param name="IsFlag">Whether the command line takes it.</param>
/// <param name="IsSecret">Whether its values may hold a secret, so that no message shows them.</param>
internal sealed record OptionDefinition(
    string Name, Func<DaemonOptions, string, DaemonOptions> Apply, OptionKind Kind = OptionKind.Text, string? Key = null, bool IsFlag = true, bool IsSecret = false)
{
    /// <summary>Separates the values of an option that was given several times: no value holds it.</summary>
    internal const char BetweenFlags = '\n';

    /// <summary>The options of the daemon itself. <c>home</c> and <c>config</c> are not among them: they say where the others are.</summary>
    internal static readonly OptionDefinition[] OfDaemon =
    [
        new("host", (o, text) => o with { Host = OptionText.Host(text) }),
        new("port", (o, text) => o with { Port = (int)OptionText.Number(text, 0, IPEndPoint.MaxPort) }, OptionKind.Number),
        new("engine", (o, text) => o with { Engine = Engine(text) }),
        new("tls", (o, text) => o with { Tls = Tls(text, o) }),
        new("tls-port", (o, text) => o with { TlsPort = (int)OptionText.Number(text, 0, IPEndPoint.MaxPort) }, OptionKind.Number),
        new("log", (o, text) => o with { LogLevel = Level(text) }),
        new("listen", (o, text) => o with { Listen = (int)OptionText.Number(text, 1, 1_000_000) }, OptionKind.Number),
        new("buffer", (o, text) => o with { Buffer = (int)OptionText.Size(text, 4096, 64 << 20) }, OptionKind.Number),
        new("store", (o, text) => o with { Store = OptionText.FilePath(text, o) }),
        new("hash", (o, text) => o with { Hash = Hash(text) }),
        new("durability", (o, text) => o with { Durable = OptionText.OneOf(text, "fsync", "none") == "fsync" }),
        new("max-upload", (o, text) => o with { MaxUpload = OptionText.Size(text, 0, long.MaxValue) }, OptionKind.Number),
        new("cache", (o, text) => o with { Cache = OptionText.Size(text, 0, long.MaxValue) }, OptionKind.Number),
        new("pid-file", (o, text) => o with { PidFile = OptionText.FilePath(text, o) }),
        new("log-file", (o, text) => o with { LogFile = OptionText.FilePath(text, o) }),
    ];

    /// <summary>Whether it can be given several times; the values of all sources add up.</summary>
    internal bool IsRepeatable => Kind is OptionKind.List or OptionKind.Map;

    internal string EnvironmentName => EnvironmentNameOf(Name);

    internal string ConfigKey => Key ?? CamelCase(Name);

    internal static string EnvironmentNameOf(string name) => "FILESTORE_" + name.Replace('-', '_').ToUpperInvariant();

    /// <summary>An option of a feature's section, for the configuration file and the environment alone.</summary>
    /// <param name="section">The section, such as <c>relay.rules</c>.</param>
    /// <param name="name">The option's name in it, in kebab-case.</param>
    /// <param name="apply">As <see cref="Apply"/>.</param>
    /// <param name="kind">As <see cref="Kind"/>.</param>
    internal static OptionDefinition InSection(
        string section, string name, Func<DaemonOptions, string, DaemonOptions> apply, OptionKind kind = OptionKind.Text) =>
        new($"{section.Replace('.', '-')}-{name}", apply, kind, $"{section}.{CamelCase(name)}", IsFlag: false);

    private static string CamelCase(string name)
    {
        var words = name.Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static EngineKind Engine(string text) =>
        OptionText.OneOf(text, "httplistener", "kestrel") == "kestrel" ? EngineKind.Kestrel : EngineKind.HttpListener;

    private static TlsOptions Tls(string text, DaemonOptions options)
    {
        if (text.Equals("off", StringComparison.OrdinalIgnoreCase))
            return TlsOptions.Off;
        if (text.Equals("adhoc", StringComparison.OrdinalIgnoreCase))
            return TlsOptions.AdHoc;
        return text.Split(',', StringSplitOptions.TrimEntries) is [{ Length: > 0 } certificate, { Length: > 0 } key]
            ? new TlsOptions(IsOn: true, OptionText.FilePath(certificate, options), OptionText.FilePath(key, options))
            : throw new FormatException("should be off, adhoc, or two files: CERT.pem,KEY.pem");
    }

    private static LogEventLevel Level(string text) => OptionText.OneOf(text, "DEBUG", "INFO", "WARNING", "ERROR") switch
    {
        "DEBUG" => LogEventLevel.Debug,
        "INFO" => LogEventLevel.Information,
        "WARNING" => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };

    private static HashKind Hash(string text) => HashKind.TryParse(text, out var kind)
        ? kind
        : throw new FormatException($"should be one of {string.Join(", ", HashKind.All)}");
}

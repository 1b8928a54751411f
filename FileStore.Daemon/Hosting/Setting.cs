using System.Globalization;
using System.Net;
using FileStore.Core.Primitives;
using Serilog.Events;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// One thing that can be set, under one name in three spellings: <c>--max-upload</c>, <c>FILESTORE_MAX_UPLOAD</c> and
/// <c>"maxUpload"</c>.
/// </summary>
/// <param name="Name">The name on the command line, without its dashes.</param>
/// <param name="Apply">Reads the text into the options; throws <see cref="FormatException"/> saying what would be right.</param>
/// <param name="IsNumber">Whether the configuration file may hold a number rather than a text.</param>
internal sealed record Setting(string Name, Func<DaemonOptions, string, DaemonOptions> Apply, bool IsNumber = false)
{
    /// <summary>Every setting but <c>home</c> and <c>config</c>, which say where to look for the rest.</summary>
    internal static readonly Setting[] All =
    [
        new("host", (o, text) => o with { Host = Host(text) }),
        new("port", (o, text) => o with { Port = (int)Number(text, 0, IPEndPoint.MaxPort) }, IsNumber: true),
        new("engine", (o, text) => o with { Engine = Engine(text) }),
        new("tls", (o, text) => o with { Tls = Tls(text) }),
        new("tls-port", (o, text) => o with { TlsPort = (int)Number(text, 0, IPEndPoint.MaxPort) }, IsNumber: true),
        new("log", (o, text) => o with { LogLevel = Level(text) }),
        new("listen", (o, text) => o with { Listen = (int)Number(text, 1, 1_000_000) }, IsNumber: true),
        new("buffer", (o, text) => o with { Buffer = (int)Size(text, 4096, 64 << 20) }, IsNumber: true),
        new("store", (o, text) => o with { Store = FilePath(text) }),
        new("hash", (o, text) => o with { Hash = Hash(text) }),
        new("durability", (o, text) => o with { Durable = OneOf(text, "fsync", "none") == "fsync" }),
        new("max-upload", (o, text) => o with { MaxUpload = Size(text, 0, long.MaxValue) }, IsNumber: true),
        new("cache", (o, text) => o with { Cache = Size(text, 0, long.MaxValue) }, IsNumber: true),
        new("pid-file", (o, text) => o with { PidFile = FilePath(text) }),
        new("log-file", (o, text) => o with { LogFile = FilePath(text) }),
    ];

    internal string EnvironmentName => EnvironmentNameOf(Name);

    internal string ConfigKey => ConfigKeyOf(Name);

    internal static string EnvironmentNameOf(string name) => "FILESTORE_" + name.Replace('-', '_').ToUpperInvariant();

    private static string ConfigKeyOf(string name)
    {
        var words = name.Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static string Host(string text)
    {
        var host = text.Trim('[', ']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown ? host : throw new FormatException("should be an IP address or a name");
    }

    private static long Number(string text, long min, long max) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"should be a number from {min} to {max}");

    private static long Size(string text, long min, long max)
    {
        if (ByteSize.TryParse(text, out var bytes) && bytes >= min && bytes <= max)
            return bytes;
        var range = (min, max) switch
        {
            (0, _) => "",
            (_, long.MaxValue) => $", {min} or more",
            _ => $", from {min} to {max}",
        };
        throw new FormatException($"should be a number of bytes such as 131072, 500MB or 2GiB{range}");
    }

    private static EngineKind Engine(string text) =>
        OneOf(text, "httplistener", "kestrel") == "kestrel" ? EngineKind.Kestrel : EngineKind.HttpListener;

    private static TlsOptions Tls(string text)
    {
        if (text.Equals("off", StringComparison.OrdinalIgnoreCase))
            return TlsOptions.Off;
        if (text.Equals("adhoc", StringComparison.OrdinalIgnoreCase))
            return TlsOptions.AdHoc;
        return text.Split(',', StringSplitOptions.TrimEntries) is [{ Length: > 0 } certificate, { Length: > 0 } key]
            ? new TlsOptions(IsOn: true, FilePath(certificate), FilePath(key))
            : throw new FormatException("should be off, adhoc, or two files: CERT.pem,KEY.pem");
    }

    private static LogEventLevel Level(string text) => OneOf(text, "DEBUG", "INFO", "WARNING", "ERROR") switch
    {
        "DEBUG" => LogEventLevel.Debug,
        "INFO" => LogEventLevel.Information,
        "WARNING" => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };

    private static HashKind Hash(string text) => HashKind.TryParse(text, out var kind)
        ? kind
        : throw new FormatException($"should be one of {string.Join(", ", HashKind.All)}");

    private static string FilePath(string text) =>
        text.Length > 0 && !text.Contains('\0') ? text : throw new FormatException("should be a path");

    private static string OneOf(string text, params string[] choices) =>
        choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"should be one of {string.Join(", ", choices)}");
}

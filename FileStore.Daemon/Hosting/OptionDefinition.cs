using System.Globalization;
using System.Net;
using System.Text.Json;
using FileStore.Core.Exports;
using FileStore.Core.Jobs;
using FileStore.Core.Primitives;
using FileStore.Core.Relay;
using FileStore.Core.Tasks;
using FileStore.Daemon.Http.Outgoing;
using Microsoft.Net.Http.Headers;
using Serilog.Events;

namespace FileStore.Daemon.Hosting;

/// <summary>
/// One thing that can be set, under one name in three spellings: <c>--max-upload</c>, <c>FILESTORE_MAX_UPLOAD</c> and
/// <c>"maxUpload"</c>.
/// </summary>
/// <param name="Name">The name on the command line, without its dashes.</param>
/// <param name="Apply">Reads the text into the options; throws <see cref="FormatException"/> saying what would be right.</param>
/// <param name="Kind">What the configuration file holds for it.</param>
/// <param name="Key">The key in the configuration file, where it is another: <c>section.key</c> stands in a section.</param>
/// <param name="IsFlag">Whether it can be given on the command line.</param>
/// <param name="IsSecret">Whether its values may hold a secret, so that no message shows them.</param>
internal sealed record OptionDefinition(
    string Name, Func<DaemonOptions, string, DaemonOptions> Apply, OptionKind Kind = OptionKind.Text, string? Key = null, bool IsFlag = true, bool IsSecret = false)
{
    /// <summary>Stands between the values of an option that was given several times: no value holds it.</summary>
    internal const char BetweenFlags = '\n';

    private static readonly string[] FieldsOfOurs = ["Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect"];

    private static readonly JsonSerializerOptions CommandJson = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Every setting but <c>home</c> and <c>config</c>, which say where to look for the rest.</summary>
    internal static readonly OptionDefinition[] All =
    [
        new("host", (o, text) => o with { Host = Host(text) }),
        new("port", (o, text) => o with { Port = (int)Number(text, 0, IPEndPoint.MaxPort) }, OptionKind.Number),
        new("engine", (o, text) => o with { Engine = Engine(text) }),
        new("tls", (o, text) => o with { Tls = Tls(text) }),
        new("tls-port", (o, text) => o with { TlsPort = (int)Number(text, 0, IPEndPoint.MaxPort) }, OptionKind.Number),
        new("log", (o, text) => o with { LogLevel = Level(text) }),
        new("listen", (o, text) => o with { Listen = (int)Number(text, 1, 1_000_000) }, OptionKind.Number),
        new("buffer", (o, text) => o with { Buffer = (int)Size(text, 4096, 64 << 20) }, OptionKind.Number),
        new("store", (o, text) => o with { Store = FilePath(text) }),
        new("hash", (o, text) => o with { Hash = Hash(text) }),
        new("durability", (o, text) => o with { Durable = OneOf(text, "fsync", "none") == "fsync" }),
        new("max-upload", (o, text) => o with { MaxUpload = Size(text, 0, long.MaxValue) }, OptionKind.Number),
        new("cache", (o, text) => o with { Cache = Size(text, 0, long.MaxValue) }, OptionKind.Number),
        new("pid-file", (o, text) => o with { PidFile = FilePath(text) }),
        new("log-file", (o, text) => o with { LogFile = FilePath(text) }),
        new("export", WithExport, OptionKind.Map, "exports"),
        new("callback-hosts", (o, text) => o with { CallbackHosts = [.. o.CallbackHosts, CallbackHost(text)] }, OptionKind.List, IsFlag: false),
        new("jobs", (o, text) => o with { JobsEnabled = OneOf(text, "true", "false") == "true" }, OptionKind.Switch, "jobs.enabled"),
        OfJobs("max-concurrent", (jobs, text) => jobs with { MaxConcurrent = (int)Number(text, 1, 1000) }, OptionKind.Number),
        OfJobs("max-queued", (jobs, text) => jobs with { MaxQueued = (int)Number(text, 1, 1_000_000) }, OptionKind.Number),
        OfJobs("timeout", (jobs, text) => jobs with { Timeout = Duration(text) }, OptionKind.Number),
        OfJobs("max-output", (jobs, text) => jobs with { MaxOutput = Size(text, 0, 100_000_000) }, OptionKind.Number),
        OfJobs("shell", (jobs, text) => jobs with { Shell = FilePath(text) }),
        new("upstream", (o, text) => WithUpstream(o, u => u with { Url = Url(text) }), Key: "relay.upstream", IsSecret: true),
        new("upstream-insecure", (o, text) => WithUpstream(o, u => u with { Insecure = OneOf(text, "true", "false") == "true" }), OptionKind.Switch, "relay.insecure"),
        OfRelay("ca", (relay, text) => relay with { Upstream = relay.Upstream with { Authorities = FilePath(text) } }),
        OfRelay("headers", WithHeader, OptionKind.Map) with { IsSecret = true },
        OfRelay("connect-timeout", (relay, text) => relay with { Upstream = relay.Upstream with { ConnectTimeout = Duration(text) } }, OptionKind.Number),
        OfRelay("timeout", (relay, text) => relay with { Upstream = relay.Upstream with { Timeout = Duration(text) } }, OptionKind.Number),
        OfRelay("roots", (relay, text) => relay with { Roots = [.. relay.Roots, FilePath(text)] }, OptionKind.List),
        OfRelay("hosts", (relay, text) => relay with { Hosts = [.. relay.Hosts, RemoteHost.Parse(text)] }, OptionKind.List),
        OfRules("max-size", (rules, text) => rules with { MaxSize = Size(text, 0, long.MaxValue) }, OptionKind.Number),
        OfRules("extensions", (rules, text) => rules with { Extensions = [.. rules.Extensions, Extension(text)] }, OptionKind.List),
        OfRules("content-types", (rules, text) => rules with { ContentTypes = [.. rules.ContentTypes, MediaType(text)] }, OptionKind.List),
        OfRules("command", (rules, text) => rules with { Command = Command(text) }, OptionKind.Json) with { IsSecret = true },
        OfRules("command-timeout", (rules, text) => rules with { CommandTimeout = Duration(text) }, OptionKind.Number),
        new("tasks", (o, text) => o with { TasksFile = FilePath(text) }, Key: "tasks.file"),
        new("tasks-base-path", (o, text) => o with { TasksBasePath = TaskSettings.BasePath(text) }, Key: "tasks.basePath", IsFlag: false),
        new("tasks-items", (o, text) => o with { Tasks = o.Tasks with { Items = TaskSettings.Items(text) } }, OptionKind.Json, "tasks.items", IsFlag: false),
        OfReports("max-size", (rules, text) => rules with { MaxSize = Size(text, 0, long.MaxValue) }, OptionKind.Number),
        OfReports("content-types", (rules, text) => rules with { ContentTypes = [.. rules.ContentTypes, MediaType(text)] }, OptionKind.List),
        OfReports("required-fields", (rules, text) => rules with { RequiredFields = [.. rules.RequiredFields, TaskSettings.Field(text)] }, OptionKind.List),
    ];

    /// <summary>Whether it may be given several times.</summary>
    internal bool IsRepeatable => Kind is OptionKind.List or OptionKind.Map;

    internal string EnvironmentName => EnvironmentNameOf(Name);

    internal string ConfigKey => Key ?? CamelCase(Name);

    internal static string EnvironmentNameOf(string name) => "FILESTORE_" + name.Replace('-', '_').ToUpperInvariant();

    private static string CamelCase(string name)
    {
        var words = name.Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static OptionDefinition OfJobs(string name, Func<JobOptions, string, JobOptions> apply, OptionKind form = OptionKind.Text) =>
        new($"jobs-{name}", (o, text) => o with { JobOptions = apply(o.JobOptions, text) }, form, $"jobs.{CamelCase(name)}", IsFlag: false);

    private static OptionDefinition OfRelay(string name, Func<RelayOptions, string, RelayOptions> apply, OptionKind form = OptionKind.Text) =>
        new($"relay-{name}", (o, text) => o with { Relay = apply(o.Relay, text) }, form, $"relay.{CamelCase(name)}", IsFlag: false);

    private static OptionDefinition OfRules(string name, Func<UploadRuleOptions, string, UploadRuleOptions> apply, OptionKind form) =>
        new($"relay-rules-{name}", (o, text) => o with { Relay = o.Relay with { Rules = apply(o.Relay.Rules, text) } }, form,
            $"relay.rules.{CamelCase(name)}", IsFlag: false);

    private static DaemonOptions WithUpstream(DaemonOptions options, Func<UpstreamOptions, UpstreamOptions> apply) =>
        options with { Relay = options.Relay with { Upstream = apply(options.Relay.Upstream) } };

    private static OptionDefinition OfReports(string name, Func<ReportRules, string, ReportRules> apply, OptionKind form) =>
        new($"tasks-report-{name}", (o, text) => o with { Tasks = o.Tasks with { Rules = apply(o.Tasks.Rules, text) } }, form,
            $"tasks.report.{CamelCase(name)}", IsFlag: false);

    /// <summary>What a text of <see cref="OptionKind.Map"/> sets: NAME=DIR, or DIR alone, which goes by its own name.</summary>
    internal static (string Name, string Directory) Pair(string text) => text.IndexOf('=') is var equals and >= 0
        ? (text[..equals], text[(equals + 1)..])
        : (Path.GetFileName(Path.TrimEndingDirectorySeparator(text)), text);

    private static DaemonOptions WithExport(DaemonOptions options, string text)
    {
        var (name, directory) = Pair(text);
        if (!PublicName.IsValid(name) || directory.Length == 0 || directory.Contains('\0'))
            throw new FormatException("should be NAME=DIR, or DIR; a name has no slash, no control character and no dot in front");
        return options with { Exports = new Dictionary<string, string>(options.Exports) { [name] = directory } };
    }

    private static string CallbackHost(string text) => Uri.CheckHostName(text.Trim('[', ']')) != UriHostNameType.Unknown
        ? text.Trim('[', ']')
        : throw new FormatException("should be an IP address or a name");

    private static Uri Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Fragment.Length == 0
            ? url
            : throw new FormatException("should be a URL such as https://127.0.0.1:8001/upload, without a user");

    private static RelayOptions WithHeader(RelayOptions relay, string text)
    {
        var (name, value) = Pair(text);
        using var request = new HttpRequestMessage();
        if (!text.Contains('=') || !value.All(character => character is >= ' ' and <= '~')
            || FieldsOfOurs.Contains(name, StringComparer.OrdinalIgnoreCase) || !request.Headers.TryAddWithoutValidation(name, value))
            throw new FormatException("should be a field of a request and its value, in ASCII, such as Authorization=Bearer TOKEN; what has to do with the connection or the body is set by the daemon");
        return relay with { Upstream = relay.Upstream with { Headers = new Dictionary<string, string>(relay.Upstream.Headers) { [name] = value } } };
    }

    private static string Extension(string text) => text.Length > 1 && text[0] == '.' && !text.Contains('/')
        ? text
        : throw new FormatException("should be the end of a name, such as .gz");

    private static string MediaType(string text) => MediaTypeHeaderValue.TryParse(text, out var type) && type.Parameters.Count == 0
        ? text
        : throw new FormatException("should be a media type, such as application/gzip or image/*");

    private static string[] Command(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(text, CommandJson) is { Length: > 0 } words && words.All(word => !string.IsNullOrEmpty(word) && !word.Contains('\0'))
                ? words
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new FormatException("should be a program and its arguments, such as [\"clamdscan\", \"--no-summary\", \"-\"]");
        }
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

    private static TimeSpan Duration(string text)
    {
        var isSeconds = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= int.MaxValue;
        var duration = isSeconds ? TimeSpan.FromSeconds(seconds)
            : text.Contains(':') && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var parsed) ? parsed
            : TimeSpan.Zero;
        return duration > TimeSpan.Zero && duration.TotalDays <= 30
            ? duration
            : throw new FormatException("should be a time such as 00:05:00, or a number of seconds, 30 days at most");
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

using FileStore.Core.Relay;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Daemon.Options;

namespace FileStore.Daemon.Features.Relay;

/// <summary>The options of the relay.</summary>
internal sealed record RelaySettings
{
    private static readonly string[] HeadersOfOurs = ["Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect"];

    internal static readonly OptionDefinition[] Definitions =
    [
        new("upstream", (o, text) => WithUpstream(o, upstream => upstream with { Url = Url(text) }), Key: "relay.upstream", IsSecret: true),
        new("upstream-insecure", (o, text) => WithUpstream(o, upstream => upstream with { Insecure = OptionText.Switch(text) }), OptionKind.Switch, "relay.insecure"),
        OfRelay("ca", (o, text) => WithUpstream(o, upstream => upstream with { Authorities = OptionText.FilePath(text, o) })),
        OfRelay("headers", (o, text) => WithUpstream(o, upstream => WithHeader(upstream, text)), OptionKind.Map) with { IsSecret = true },
        OfRelay("connect-timeout", (o, text) => WithUpstream(o, upstream => upstream with { ConnectTimeout = OptionText.Duration(text) }), OptionKind.Number),
        OfRelay("timeout", (o, text) => WithUpstream(o, upstream => upstream with { Timeout = OptionText.Duration(text) }), OptionKind.Number),
        OfRelay("roots", (o, text) => o.With(Of(o) with { Roots = [.. Of(o).Roots, OptionText.FilePath(text, o)] }), OptionKind.List),
        OfRelay("hosts", (o, text) => o.With(Of(o) with { Hosts = [.. Of(o).Hosts, RemoteHost.Parse(text)] }), OptionKind.List),
        OfRules("max-size", (rules, text, _) => rules with { MaxSize = OptionText.Size(text, 0, long.MaxValue) }, OptionKind.Number),
        OfRules("extensions", (rules, text, _) => rules with { Extensions = [.. rules.Extensions, Extension(text)] }, OptionKind.List),
        OfRules("content-types", (rules, text, _) => rules with { ContentTypes = [.. rules.ContentTypes, OptionText.MediaType(text)] }, OptionKind.List),
        OfRules("command", (rules, text, options) => rules with { Command = OptionText.Command(text, options) }, OptionKind.Json) with { IsSecret = true },
        OfRules("command-timeout", (rules, text, _) => rules with { CommandTimeout = OptionText.Duration(text) }, OptionKind.Number),
    ];

    /// <summary>The server that uploads are forwarded to.</summary>
    public UpstreamOptions Upstream { get; init; } = new();

    /// <summary>The rules that uploads have to keep.</summary>
    public UploadRuleOptions Rules { get; init; } = new();

    /// <summary>The local directories whose files may be forwarded.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The hosts whose files may be forwarded.</summary>
    public IReadOnlyList<RemoteHost> Hosts { get; init; } = [];

    internal static RelaySettings Of(DaemonOptions options) => options.Find<RelaySettings>() ?? new RelaySettings();

    private static OptionDefinition OfRelay(string name, Func<DaemonOptions, string, DaemonOptions> apply, OptionKind kind = OptionKind.Text) =>
        OptionDefinition.InSection("relay", name, apply, kind);

    private static OptionDefinition OfRules(string name, Func<UploadRuleOptions, string, DaemonOptions, UploadRuleOptions> apply, OptionKind kind) =>
        OptionDefinition.InSection("relay.rules", name, (o, text) => o.With(Of(o) with { Rules = apply(Of(o).Rules, text, o) }), kind);

    private static DaemonOptions WithUpstream(DaemonOptions options, Func<UpstreamOptions, UpstreamOptions> apply) =>
        options.With(Of(options) with { Upstream = apply(Of(options).Upstream) });

    private static Uri Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Fragment.Length == 0
            ? url
            : throw new FormatException("should be a URL such as https://127.0.0.1:8001/upload, without a user");

    private static UpstreamOptions WithHeader(UpstreamOptions upstream, string text)
    {
        var (name, value) = OptionText.Pair(text);
        using var request = new HttpRequestMessage();
        if (!text.Contains('=') || !value.All(character => character is >= ' ' and <= '~')
            || HeadersOfOurs.Contains(name, StringComparer.OrdinalIgnoreCase) || !request.Headers.TryAddWithoutValidation(name, value))
            throw new FormatException("should be a request header and its value, in ASCII, such as Authorization=Bearer TOKEN; the daemon sets the headers of the connection and of the body");
        return upstream with { Headers = new Dictionary<string, string>(upstream.Headers) { [name] = value } };
    }

    private static string Extension(string text) => text.Length > 1 && text[0] == '.' && !text.Contains('/')
        ? text
        : throw new FormatException("should be the end of a name, such as .gz");
}

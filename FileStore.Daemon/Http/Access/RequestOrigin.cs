using System.Diagnostics.CodeAnalysis;
using System.Net;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http.Access;

/// <summary>
/// Classifies where a request comes from, as far as that decides what it may do. The client's address is the connection's;
/// headers can only take rights away.
/// </summary>
internal static class RequestOrigin
{
    private const string HostsFile = "/etc/hosts";

    private static readonly string[] ProxyHeaders =
        ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Client-IP", "True-Client-IP", "Via"];

    private static readonly string[] BrowserHeaders =
        ["Origin", "Sec-Fetch-Site", "Sec-Fetch-Dest", "Sec-Fetch-User", "Sec-CH-UA", "Upgrade-Insecure-Requests"];

    /// <summary>
    /// Whether a page of another site made a browser send this. Browsers say so in headers that a page cannot set (Fetch,
    /// "forbidden request-header"). Other clients send none of them.
    /// </summary>
    internal static bool IsCrossSite(IHttpExchange exchange)
    {
        if (exchange.Header("Sec-Fetch-Site") is { } site)
            return site is not ("same-origin" or "none");
        return (exchange.Header("Origin") ?? Referrer(exchange)) is { } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && IsHost(exchange, page));
    }

    /// <summary>
    /// Whether a browser on this machine uses a host name that is not this machine's: an attacker's DNS resolves the name
    /// of the attacker's site to this machine, so that the site's pages seem to have this origin (DNS rebinding). Behind a
    /// proxy any name may be right, and programs may use any name.
    /// </summary>
    internal static bool IsDnsRebinding(IHttpExchange exchange) =>
        IsBrowser(exchange) && !IsOwnName(exchange) && !IsProxied(exchange) && Peer.IsOnThisMachine(exchange.Client);

    /// <summary>
    /// Whether the request comes from this machine. Requests through a proxy do not count, since all of those connections
    /// are local, and neither do requests of other sites' pages or with a foreign host name.
    /// </summary>
    internal static bool IsLocal(IHttpExchange exchange) =>
        IPAddress.IsLoopback(exchange.Client)
        && !IsForwarded(exchange)
        && TryGetHost(exchange, out var host) && host.IsLoopback
        && !IsCrossSite(exchange);

    /// <summary>The host that the client addressed, as a URL without a path.</summary>
    internal static bool TryGetHost(IHttpExchange exchange, [NotNullWhen(true)] out Uri? host) =>
        Uri.TryCreate($"http://{exchange.Header("Host")}/", UriKind.Absolute, out host);

    /// <summary>Whether the client is a proxy on this machine.</summary>
    internal static bool IsLocalProxy(IHttpExchange exchange) => IPAddress.IsLoopback(exchange.Client) && IsForwarded(exchange);

    /// <summary>Whether a proxy says that it forwards the request.</summary>
    internal static bool IsForwarded(IHttpExchange exchange) => Array.Exists(ProxyHeaders, name => exchange.Header(name) is not null);

    private static bool IsOwnName(IHttpExchange exchange)
    {
        if (exchange.Header("Host") is not { } header)
            return false;
        if (header.StartsWith("127.0.0.1:", StringComparison.Ordinal) || header.StartsWith("localhost:", StringComparison.Ordinal))
            return true; // as in nearly all requests
        if (!TryGetHost(exchange, out var host))
            return false;
        var (name, own) = (HostNameOf(host), Dns.GetHostName());
        return host.HostNameType != UriHostNameType.Dns
            || name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal) // RFC 6761, 6.3
            || name.Equals(own, StringComparison.OrdinalIgnoreCase) || name.Equals($"{own}.local", StringComparison.OrdinalIgnoreCase)
            || IsInHostsFile(name);
    }

    /// <summary>Whether the administrator has given this machine the name (hosts(5)).</summary>
    private static bool IsInHostsFile(string name)
    {
        try
        {
            return File.ReadLines(HostsFile).Any(line => line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                .Skip(1).Contains(name, StringComparer.OrdinalIgnoreCase));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a browser sends this. All browsers send Accept-Language, which a page can change but not remove. They omit
    /// Sec-Fetch-* for plain http URLs.
    /// </summary>
    private static bool IsBrowser(IHttpExchange exchange) =>
        Array.Exists(BrowserHeaders, name => exchange.Header(name) is not null)
        || Referrer(exchange) is not null
        // Browsers send Sec-Fetch-Mode with Sec-Fetch-Site, and pages can change neither. Node's fetch sends it alone.
        || (exchange.Header("Sec-Fetch-Mode") is { } mode ? mode != "cors" : exchange.Header("Accept-Language") is not null)
        || exchange.Header("User-Agent") is { } agent && IsBrowserAgent(agent);

    /// <summary>
    /// Whether this is a browser's User-Agent. Some browsers let a page change it, so it can only add to the other signs.
    /// </summary>
    private static bool IsBrowserAgent(string agent) =>
        (agent.StartsWith("Mozilla/", StringComparison.Ordinal) || agent.StartsWith("Opera/", StringComparison.Ordinal))
        && !agent.Contains("PowerShell/", StringComparison.Ordinal);

    /// <summary>
    /// Whether a proxy sends this, judged by what a page cannot fake. A page can add most forwarding headers to requests to
    /// its own site, but not Via. It cannot change Connection either, where every browser sends keep-alive or upgrade
    /// (Fetch, "forbidden request-header").
    /// </summary>
    private static bool IsProxied(IHttpExchange exchange) =>
        exchange.Header("Via") is not null
        || (exchange.IsHttp1 && IsForwarded(exchange) && !Array.Exists(
            HeadRules.ListElements(exchange.Header("Connection") ?? ""),
            option => option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) || option.Equals("upgrade", StringComparison.OrdinalIgnoreCase)));

    /// <summary>
    /// The page that the request comes from. Null if the browser does not say: no header, an empty one, or about:blank.
    /// </summary>
    private static string? Referrer(IHttpExchange exchange) =>
        exchange.Header("Referer") is { Length: > 0 } referrer && !referrer.StartsWith("about:", StringComparison.OrdinalIgnoreCase) ? referrer : null;

    /// <summary>Whether a page's site is the addressed host. The default port of the page's scheme may be omitted.</summary>
    private static bool IsHost(IHttpExchange exchange, Uri page) =>
        page.Scheme is "http" or "https" && page.UserInfo.Length == 0
        && Uri.TryCreate($"{page.Scheme}://{exchange.Header("Host")}/", UriKind.Absolute, out var host)
        && host.Port == page.Port && HostNameOf(host) == HostNameOf(page);

    /// <summary>A URL's host in canonical form.</summary>
    private static string HostNameOf(Uri url) => url.IdnHost.TrimEnd('.').ToLowerInvariant();
}

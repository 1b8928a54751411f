using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace FileStore.Daemon.Http;

/// <summary>
/// From where a request comes, as far as it decides what the request may do. The address is the connection's; fields can
/// only take rights away.
/// </summary>
internal static class Origin
{
    private static readonly string[] SetByProxies =
        ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "X-Client-IP", "True-Client-IP", "Via"];

    /// <summary>
    /// Whether a page of another site has made a browser send this. Browsers tell by fields that a page cannot set
    /// (Fetch, "forbidden request-header"); other clients send none of them.
    /// </summary>
    internal static bool IsAnotherSite(IHttpExchange exchange)
    {
        if (exchange.Field("Sec-Fetch-Site") is { } site)
            return site is not ("same-origin" or "none");
        return (exchange.Field("Origin") ?? exchange.Field("Referer")) is { } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && IsHost(exchange, page));
    }

    /// <summary>
    /// Whether a browser on this machine sends this under a name that is none of this machine's: an attacker's DNS has
    /// pointed his site's name here, so that his pages seem to be of this site. Behind a proxy, any name may be right.
    /// </summary>
    internal static bool IsRebound(IHttpExchange exchange) =>
        IPAddress.IsLoopback(exchange.Client)
        && !IsForwarded(exchange)
        && (exchange.Field("Origin") ?? exchange.Field("Referer") ?? exchange.Field("Sec-Fetch-Site")) is not null
        && !(TryGetHost(exchange, out var host)
            && (host.IsLoopback || host.HostNameType != UriHostNameType.Dns || host.Host.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase)));

    /// <summary>
    /// Whether somebody on this machine asks. Behind a proxy every connection comes from here, and a name that an
    /// attacker's DNS has pointed here brings his pages along: neither counts.
    /// </summary>
    internal static bool IsLocal(IHttpExchange exchange) =>
        IPAddress.IsLoopback(exchange.Client)
        && !IsForwarded(exchange)
        && TryGetHost(exchange, out var host) && host.IsLoopback
        && !IsAnotherSite(exchange);

    /// <summary>What the client calls this machine: a URL with its name or address, and nothing else.</summary>
    internal static bool TryGetHost(IHttpExchange exchange, [NotNullWhen(true)] out Uri? host) =>
        Uri.TryCreate($"http://{exchange.Field("Host")}/", UriKind.Absolute, out host);

    /// <summary>Whether the other end is a proxy on this machine.</summary>
    internal static bool IsLocalProxy(IHttpExchange exchange) => IPAddress.IsLoopback(exchange.Client) && IsForwarded(exchange);

    /// <summary>Whether a proxy says that it sends this for somebody else.</summary>
    internal static bool IsForwarded(IHttpExchange exchange) => Array.Exists(SetByProxies, name => exchange.Field(name) is not null);

    private static bool IsHost(IHttpExchange exchange, Uri page) =>
        string.Equals(exchange.Field("Host"), page.Authority, StringComparison.OrdinalIgnoreCase);
}

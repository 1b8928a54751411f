using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>An allowed host.</summary>
/// <param name="Host">An address, or a name in lower case.</param>
/// <param name="Port">The port; null for the default port of the URL's scheme.</param>
internal sealed record RemoteHost(string Host, int? Port)
{
    /// <summary>Parses <c>HOST</c> and <c>HOST:PORT</c>, with IPv6 addresses in brackets.</summary>
    /// <exception cref="FormatException">It has another form.</exception>
    internal static RemoteHost Parse(string text)
    {
        var isBareIPv6 = IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && !text.Contains('[');
        var url = Uri.TryCreate($"http://{(isBareIPv6 ? $"[{text}]" : text)}/", UriKind.Absolute, out var parsed) ? parsed : null;
        if (url is null || url.AbsolutePath != "/" || url.UserInfo.Length > 0 || url.Query.Length > 0 || text.AsSpan().ContainsAny("/?#@") || (!isBareIPv6 && text.EndsWith(':')))
            throw new FormatException("should be HOST or HOST:PORT, such as files.example.com or 127.0.0.1:8080");
        var hasPort = !isBareIPv6 && text.LastIndexOf(':') > text.LastIndexOf(']');
        return new RemoteHost(NormalizedHost(url), hasPort ? url.Port : null);
    }

    internal bool Allows(string host, int port, bool isDefaultPort) => Host == host && (Port is null ? isDefaultPort : Port == port);

    /// <summary>A URL's host in canonical form. All spellings of an address are equal.</summary>
    internal static string NormalizedHost(Uri url) => IPAddress.TryParse(url.IdnHost, out var address)
        ? Peer.Plain(address).ToString()
        : url.IdnHost.ToLowerInvariant();
}

/// <summary>
/// Restricts fetching to listed hosts, so that nobody can use the daemon to reach hosts that they cannot reach themselves.
/// A listed name that resolves to a non-public address is not enough, since the owner of the name decides where it points:
/// the address must be listed too.
/// </summary>
/// <param name="hosts">The hosts. <c>localhost</c> stands for this machine's loopback addresses (RFC 6761).</param>
/// <param name="resolve">Resolves a name to addresses; null for the system's resolver.</param>
internal sealed class RemoteFetchPolicy(IReadOnlyList<RemoteHost> hosts, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    // The IANA registries of special-purpose addresses: those that are not globally reachable, and multicast.
    private static readonly IPNetwork[] NotPublic =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ]).Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3"); // everything that is assigned (RFC 4291, 2.4)

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Authorizes a URL by the current addresses of its host.</summary>
    /// <returns>The addresses that may be connected to.</returns>
    /// <exception cref="ProblemException">403: it is not allowed.</exception>
    /// <exception cref="SocketException">The host name does not resolve.</exception>
    internal async Task<IPAddress[]> AuthorizeAsync(Uri url, CancellationToken ct)
    {
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw Refusal("only http and https URLs are allowed");
        if (url.UserInfo.Length > 0)
            throw Refusal("URLs with credentials are not allowed");
        var host = RemoteHost.NormalizedHost(url);
        var isAddress = IPAddress.TryParse(host, out var address);
        if (isAddress ? !IsListed(address!, url) : !IsListed(host, url))
            throw Refusal("the URL's host and port are not in relay.hosts");
        if (isAddress)
            return [address!];
        var addresses = (await _resolve(host, ct)).Select(Peer.Plain).Where(found => IsPublic(found) || IsListed(found, url)).ToArray();
        return addresses.Length > 0
            ? addresses
            : throw Refusal("the URL's host resolves to a non-public address, which must be in relay.hosts too");
    }

    internal static bool IsPublic(IPAddress address) => !Array.Exists(NotPublic, network => network.Contains(address))
        && (address.AddressFamily == AddressFamily.InterNetwork || PublicIPv6.Contains(address));

    private bool IsListed(IPAddress address, Uri url) =>
        IsListed(address.ToString(), url) || (IPAddress.IsLoopback(address) && IsListed("localhost", url));

    private bool IsListed(string host, Uri url) => hosts.Any(listed => listed.Allows(host, url.Port, url.IsDefaultPort));

    private static ProblemException Refusal(string detail) => new(Problem.Forbidden(detail));
}

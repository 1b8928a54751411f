using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>A host that may be asked.</summary>
/// <param name="Host">An address, or a name in lower case.</param>
/// <param name="Port">The port; null for the one that the URL's scheme has.</param>
internal sealed record RemoteHost(string Host, int? Port)
{
    /// <summary>Reads <c>HOST</c>, <c>HOST:PORT</c>, and IPv6 addresses in brackets.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
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

    /// <summary>A URL's host in one spelling: every spelling of an address is the address.</summary>
    internal static string NormalizedHost(Uri url) => IPAddress.TryParse(url.IdnHost, out var address)
        ? Peer.Plain(address).ToString()
        : url.IdnHost.ToLowerInvariant();
}

/// <summary>
/// Decides from where files may be fetched, so that nobody can have the daemon ask hosts that he cannot reach himself:
/// from listed hosts. A listed name is not enough where it leads to an address that is not of the public internet, since
/// whoever owns the name decides where it leads: the address has to be listed, too.
/// </summary>
/// <param name="hosts">The hosts. <c>localhost</c> stands for this machine's loopback addresses (RFC 6761).</param>
/// <param name="resolve">Finds the addresses of a name; null for the system's way.</param>
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

    private static readonly IPNetwork PublicIPv6 = IPNetwork.Parse("2000::/3"); // all that is given out (RFC 4291, 2.4)

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Judges a URL, by the addresses that its host has now.</summary>
    /// <returns>The addresses that may be connected to, the only ones.</returns>
    /// <exception cref="ProblemException">403: it is not allowed.</exception>
    /// <exception cref="SocketException">The host's name leads nowhere.</exception>
    internal async Task<IPAddress[]> AuthorizeAsync(Uri url, CancellationToken ct)
    {
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw Refusal("files are fetched by http and https");
        if (url.UserInfo.Length > 0)
            throw Refusal("URLs with a user or a password are not fetched");
        var host = RemoteHost.NormalizedHost(url);
        var isAddress = IPAddress.TryParse(host, out var address);
        if (isAddress ? !IsListed(address!, url) : !IsListed(host, url))
            throw Refusal("the URL's host and port are none that the configuration's relay.hosts allows");
        if (isAddress)
            return [address!];
        var addresses = (await _resolve(host, ct)).Select(Peer.Plain).Where(found => IsPublic(found) || IsListed(found, url)).ToArray();
        return addresses.Length > 0
            ? addresses
            : throw Refusal("the URL's host leads to an address that is not public: the configuration's relay.hosts has to allow that, too");
    }

    internal static bool IsPublic(IPAddress address) => !Array.Exists(NotPublic, network => network.Contains(address))
        && (address.AddressFamily == AddressFamily.InterNetwork || PublicIPv6.Contains(address));

    private bool IsListed(IPAddress address, Uri url) =>
        IsListed(address.ToString(), url) || (IPAddress.IsLoopback(address) && IsListed("localhost", url));

    private bool IsListed(string host, Uri url) => hosts.Any(listed => listed.Allows(host, url.Port, url.IsDefaultPort));

    private static ProblemException Refusal(string detail) => new(Problem.Forbidden(detail));
}

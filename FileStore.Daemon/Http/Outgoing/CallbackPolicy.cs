using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>The target of a callback.</summary>
/// <param name="Url">The URL to request.</param>
/// <param name="Addresses">The addresses that may be connected to; null for a host that the configuration allows by name.</param>
internal sealed record CallbackTarget(Uri Url, IPAddress[]? Addresses);

/// <summary>
/// Restricts callbacks to the caller's own address and configured hosts, so that nobody can use the daemon to reach hosts
/// that they cannot reach themselves.
/// </summary>
/// <param name="hosts">Names and addresses that are allowed for every caller.</param>
/// <param name="resolve">Resolves a name to addresses; null for the system's resolver.</param>
internal sealed class CallbackPolicy(IReadOnlyList<string> hosts, Func<string, Task<IPAddress[]>>? resolve = null)
{
    private static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(5);

    private readonly Func<string, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Authorizes a target by the current addresses of its host.</summary>
    /// <exception cref="ProblemException">400: it is malformed. 403: it is not allowed.</exception>
    internal async Task<CallbackTarget> AuthorizeAsync(IHttpExchange caller, string host, string port, string path)
    {
        var name = host is ['[', .. var inner, ']'] && inner.Contains(':') ? inner : host;
        if (name.AsSpan().ContainsAny('[', ']') || Uri.CheckHostName(name) == UriHostNameType.Unknown)
            throw new ProblemException(Problem.BadRequest("the parameter host should be an IP address or a name"));
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > IPEndPoint.MaxPort)
            throw new ProblemException(Problem.BadRequest("the parameter port should be a number from 1 to 65535"));
        if (!path.StartsWith('/'))
            throw new ProblemException(Problem.BadRequest("the parameter path should begin with /"));

        var authority = name.Contains(':') ? $"[{name}]:{number}" : $"{name}:{number}";
        var verbatim = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        if (!Uri.TryCreate($"http://{authority}{Escape(path)}", verbatim, out var url))
            throw new ProblemException(Problem.BadRequest("the parameters host, port and path do not make a URL"));
        if (hosts.Contains(name, StringComparer.OrdinalIgnoreCase))
            return new CallbackTarget(url, null);
        var allowed = (await ResolveAsync(name)).Where(address => IsCallers(caller, address)).ToArray();
        return allowed.Length > 0
            ? new CallbackTarget(url, allowed)
            : throw new ProblemException(Problem.Forbidden("callbacks are allowed only to the caller's own address and to hosts in callbackHosts"));
    }

    /// <summary>Behind a proxy the caller's address is unknown, and the proxy's address is not the caller's.</summary>
    private static bool IsCallers(IHttpExchange caller, IPAddress address) =>
        !RequestOrigin.IsForwarded(caller)
        && (address.Equals(caller.Client) || (IPAddress.IsLoopback(address) && IPAddress.IsLoopback(caller.Client)));

    private async Task<IEnumerable<IPAddress>> ResolveAsync(string name)
    {
        try
        {
            var addresses = IPAddress.TryParse(name, out var address) ? [address] : await _resolve(name).WaitAsync(ResolveTimeout);
            return addresses.Select(Peer.Plain);
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            return []; // refused like an address that is not allowed
        }
    }

    /// <summary>Percent-encodes everything but printable ASCII, and the start of a fragment, as UTF-8.</summary>
    private static string Escape(string path) => string.Concat(Encoding.UTF8.GetBytes(path)
        .Select(b => b is > 0x20 and < 0x7F and not (byte)'#' ? ((char)b).ToString() : $"%{b:X2}"));
}

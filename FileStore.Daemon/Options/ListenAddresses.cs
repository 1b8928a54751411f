using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Options;

/// <summary>From <c>--host</c> to addresses, and from addresses to what is shown and tried.</summary>
internal static class ListenAddresses
{
    /// <exception cref="StartException">The name does not resolve.</exception>
    internal static IPEndPoint[] Resolve(string host, int port)
    {
        if (IPAddress.TryParse(host, out var address))
            return [new IPEndPoint(address, port)];
        try
        {
            return [.. Dns.GetHostAddresses(host).Distinct().Select(found => new IPEndPoint(found, port))];
        }
        catch (SocketException e)
        {
            throw new StartException($"--host: '{host}' does not resolve: {e.Message}");
        }
    }

    internal static string Url(string scheme, IPEndPoint endPoint) => $"{scheme}://{endPoint}/";

    /// <summary>An address at which a daemon that listens there can be reached from this machine.</summary>
    internal static IPEndPoint Reachable(IPEndPoint endPoint)
    {
        var address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : endPoint.Address;
        return new IPEndPoint(address, endPoint.Port);
    }
}

using System.Net;
using System.Net.Sockets;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http;

/// <summary>Who the other end of a connection is: the address that the kernel names, and nothing that a request says.</summary>
internal static class Peer
{
    /// <exception cref="SocketException">The connection is gone.</exception>
    internal static IPAddress Of(Socket socket) => Plain(((IPEndPoint)socket.RemoteEndPoint!).Address);

    /// <summary>An IPv4 client of an IPv6 socket is an IPv4 client.</summary>
    internal static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>
    /// Whether a client is on this machine, also when it came by an address that is not loopback: the kernel would reach
    /// an address of its own from that same address.
    /// </summary>
    internal static bool IsOnThisMachine(IPAddress client)
    {
        if (IPAddress.IsLoopback(client))
            return true;
        try
        {
            using var socket = new Socket(client.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(client, 9); // chooses a route and sends nothing
            return ((IPEndPoint)socket.LocalEndPoint!).Address.Equals(client);
        }
        catch (SocketException e)
        {
            // Without a route there it is elsewhere. Any other failure leaves it open, and then the stricter rule holds.
            return e.SocketErrorCode is not (SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown);
        }
    }

    /// <summary>Whether it has closed its side of the connection, or there is no connection any more.</summary>
    internal static bool HasClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
        {
            return true;
        }
    }
}

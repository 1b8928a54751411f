using System.Net;
using System.Net.Sockets;

namespace FileStore.Daemon.Http;

/// <summary>Who the other end of a connection is: the address that the kernel names, and nothing that a request says.</summary>
internal static class Peer
{
    /// <exception cref="SocketException">The connection is gone.</exception>
    internal static IPAddress Of(Socket socket) => Plain(((IPEndPoint)socket.RemoteEndPoint!).Address);

    /// <summary>An IPv4 client of an IPv6 socket is an IPv4 client.</summary>
    internal static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whether it has closed its side of the connection, or there is no connection any more.</summary>
    internal static bool HasClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (Exception e) when (Closing.IsConnectionFailure(e))
        {
            return true;
        }
    }
}

using System.Net.Sockets;
using System.Text;

namespace FileStore.Daemon.Hosting;

/// <summary>Tells systemd the daemon's state (sd_notify(3)). Does nothing without systemd.</summary>
internal static class SystemdNotify
{
    internal static void Ready() => Send("READY=1");

    internal static void Stopping() => Send("STOPPING=1");

    private static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.ASCII.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            // systemd has its own timeouts; the daemon goes on.
        }
    }
}

using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FileStore.Daemon.Hosting;

/// <summary>The state of a running daemon.</summary>
internal sealed record DaemonStatus(int Pid, string Url, [property: JsonRequired] long UptimeSeconds, string Store, string Hash, long Requests);

[JsonSerializable(typeof(DaemonStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;

/// <summary>
/// Lets <c>filestore status</c> ask a daemon, over an abstract Unix socket (unix(7)), which needs neither a token nor a
/// clean-up. Any user of the machine may take such a name. So the daemon's name is random, and the client searches for it and
/// asks the kernel for the process at the other end.
/// </summary>
internal static class StatusSocket
{
    private const string Prefix = "filestore-";
    private const int Timeout = 5000; // milliseconds

    /// <summary>Sends the state to every client, for as long as the process lives.</summary>
    /// <exception cref="SocketException">The socket cannot be opened.</exception>
    internal static async Task ServeAsync(Func<DaemonStatus> status)
    {
        using var listening = NewSocket();
        listening.Bind(new UnixDomainSocketEndPoint($"\0{Prefix}{RandomNumberGenerator.GetHexString(32, lowercase: true)}"));
        listening.Listen(128);
        while (true)
        {
            try
            {
                using var caller = await listening.AcceptAsync();
                await caller.SendAsync(JsonSerializer.SerializeToUtf8Bytes(status(), StatusJson.Default.DaemonStatus));
            }
            catch (SocketException)
            {
                await Task.Delay(100); // the client left, or no file descriptor is free
            }
        }
    }

    /// <summary>Asks the daemon that has this pid.</summary>
    /// <exception cref="IOException">The daemon has no such socket in this network namespace.</exception>
    /// <exception cref="SocketException">The daemon does not respond.</exception>
    /// <exception cref="JsonException">The daemon is of another version.</exception>
    internal static DaemonStatus Ask(int pid)
    {
        foreach (var name in Names())
        {
            using var socket = NewSocket();
            if (!TryConnect(socket, name) || PeerPid(socket) != pid)
                continue;
            using var stream = new NetworkStream(socket);
            return JsonSerializer.Deserialize(stream, StatusJson.Default.DaemonStatus)!;
        }

        throw new IOException("it has no socket for that here");
    }

    /// <summary>The names of all sockets that can be a daemon's (proc(5), net/unix).</summary>
    private static IEnumerable<string> Names() => File.ReadLines("/proc/net/unix")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields.Length == 8 && fields[7].StartsWith("@" + Prefix, StringComparison.Ordinal))
        .Select(fields => fields[7][1..]).Distinct();

    private static bool TryConnect(Socket socket, string name)
    {
        try
        {
            socket.Blocking = false; // another process's socket may have a full backlog
            socket.Connect(new UnixDomainSocketEndPoint($"\0{name}"));
            socket.Blocking = true;
            return true;
        }
        catch (SocketException)
        {
            return false; // its process has ended
        }
    }

    /// <summary>The pid of the process at the other end; 0 if it is in another PID namespace (unix(7), SO_PEERCRED).</summary>
    private static int PeerPid(Socket socket)
    {
        const int socketLevel = 1, peerCredentials = 17;
        Span<byte> credentials = stackalloc byte[12]; // struct ucred: pid, uid, gid
        socket.GetRawSocketOption(socketLevel, peerCredentials, credentials);
        return MemoryMarshal.Read<int>(credentials);
    }

    private static Socket NewSocket() =>
        new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = Timeout, SendTimeout = Timeout };
}

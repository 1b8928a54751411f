using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FileStore.Daemon.Hosting;

/// <summary>What a running daemon says of itself.</summary>
internal sealed record DaemonStatus(int Pid, string Url, DateTimeOffset Started, string Store, string Hash, long Requests);

[JsonSerializable(typeof(DaemonStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;

/// <summary>
/// Lets <c>filestore status</c> ask the daemon of a pid, on a Unix socket without a file (unix(7), abstract), so that it
/// needs neither a token nor a clean-up.
/// </summary>
internal static class StatusSocket
{
    /// <summary>Answers every caller with one line, for as long as the process lives.</summary>
    /// <exception cref="SocketException">Another process has taken our name.</exception>
    internal static async Task ServeAsync(Func<DaemonStatus> status)
    {
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(EndPoint(Environment.ProcessId));
        listening.Listen(16);
        while (true)
        {
            try
            {
                using var caller = await listening.AcceptAsync();
                await caller.SendAsync(JsonSerializer.SerializeToUtf8Bytes(status(), StatusJson.Default.DaemonStatus));
            }
            catch (SocketException)
            {
                await Task.Delay(100); // the caller did not wait, or there are no file descriptors just now
            }
        }
    }

    /// <exception cref="SocketException">No daemon of this pid answers.</exception>
    /// <exception cref="JsonException">Something else does.</exception>
    internal static DaemonStatus Ask(int pid)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Connect(EndPoint(pid));
        using var stream = new NetworkStream(socket);
        return JsonSerializer.Deserialize(stream, StatusJson.Default.DaemonStatus)!;
    }

    private static UnixDomainSocketEndPoint EndPoint(int pid) => new($"\0filestore-{pid}");
}

using System.Net.Sockets;

namespace FileStore.Tests.Support;

/// <summary>Many raw requests one after the other, on a connection that is made anew whenever the daemon ends it.</summary>
internal sealed class KeptConnection(DaemonProcess daemon) : IDisposable
{
    private Socket _socket = daemon.Connect();

    /// <summary>Asks for a target as it is written here.</summary>
    public RawAnswer Get(string target)
    {
        _socket.SendText($"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n");
        var answer = _socket.ReadAnswer() ?? throw new AssertionException($"no answer to {target}");
        if (answer.Field("Connection") != "close")
            return answer;
        _socket.Dispose();
        _socket = daemon.Connect();
        return answer;
    }

    public void Dispose() => _socket.Dispose();
}

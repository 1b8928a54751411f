using System.Net.Sockets;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Clients of a daemon in this process, whose clock a test moves a second at a time.</summary>
public abstract class TimedFixture(string engine)
{
    private InProcessDaemon? _daemon;

    private protected InProcessDaemon Daemon => _daemon!;

    [OneTimeSetUp]
    public async Task StartDaemonAsync() => _daemon = await InProcessDaemon.StartAsync(engine);

    /// <summary>How many seconds of the daemon's clock it takes until something is over; 120 if it is not by then.</summary>
    private protected async Task<int> SecondsAsync(Func<bool> isOver)
    {
        var seconds = 0;
        for (; seconds < 120 && !isOver(); seconds++)
            await TickAsync();
        return seconds;
    }

    /// <summary>Moves the daemon's clock by a second, once what was sent before had time to arrive.</summary>
    private protected async Task TickAsync()
    {
        await Task.Delay(10);
        await Daemon.Time.AdvanceAsync(TimeSpan.FromSeconds(1));
    }

    /// <summary>A connection that the daemon has accepted: it accepts one after the other, and has answered on a later one. The caller disposes it.</summary>
    private protected async Task<Socket> ConnectAsync(int receiveBuffer = 0)
    {
        var socket = Daemon.Connect(receiveBuffer);
        using var later = Daemon.Connect();
        await using var stream = await Daemon.OpenAsync(later);
        await SendAsync(stream, "GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await stream.CopyToAsync(Stream.Null);
        return socket;
    }

    private protected static async Task SendAsync(Stream stream, string text)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        await stream.FlushAsync();
    }

    /// <summary>Whether the text could be sent: false once the daemon has cut the connection.</summary>
    private protected static bool TrySend(Stream stream, string text)
    {
        try
        {
            stream.Write(Encoding.Latin1.GetBytes(text));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Whether neither side has ended the connection, see tcp(7).</summary>
    private protected static bool IsEstablished(Socket socket)
    {
        const int tcp = 6, tcpInfo = 11, established = 1; // the first byte of struct tcp_info, linux/tcp.h
        Span<byte> info = stackalloc byte[1];
        socket.GetRawSocketOption(tcp, tcpInfo, info);
        return info[0] == established;
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Readers that took megabytes at once and then pause: a minute at most, but for a proxy on this machine.</summary>
[Category("Long")]
public sealed class RestingReaderStories(string engine) : DaemonFixture(engine)
{
    [Test]
    public async Task A_reader_may_rest_for_a_minute_and_a_proxy_for_longer()
    {
        var hash = await StoreAsync(new byte[200_000_000]);

        var rested = await Task.WhenAll(
            Task.Run(() => SecondsUntilCut(hash, "")),
            Task.Run(() => SecondsUntilCut(hash, "X-Forwarded-For: 192.0.2.1\r\n")));

        rested[0].Should().BeInRange(50, 80);
        rested[1].Should().BeGreaterThan(119);
    }

    /// <summary>How long a reader that fetches nothing is put up with; two minutes if it still is after that.</summary>
    private double SecondsUntilCut(string hash, string field)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"GET /files/{hash} HTTP/1.1\r\nHost: h\r\n{field}\r\n");
        socket.Receive(new byte[1000]);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < 120 && !IsReset(socket))
            Thread.Sleep(500);
        return watch.Elapsed.TotalSeconds;
    }

    private static bool IsReset(Socket socket)
    {
        try
        {
            // An end of the other side is seen only behind what was not read; a reset at once.
            return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0 || socket.Poll(0, SelectMode.SelectError);
        }
        catch (SocketException)
        {
            return true;
        }
    }
}

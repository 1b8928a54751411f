using System.Diagnostics;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Clients of the HTTPS port that never come to the end of a handshake.</summary>
[TestFixture, Order(1)]
public sealed class TlsHandshakeStories() : DaemonFixture("httplistener", "--tls", "adhoc", "--tls-port", "0")
{
    // A ClientHello announced as 512 bytes long, of which nearly nothing comes.
    private const string HalfHello = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003";

    [Test, Category("Long")]
    public async Task A_handshake_that_does_not_end_is_dropped_after_ten_seconds()
    {
        var took = await Task.WhenAll(
            Task.Run(() => TimeUntilDropped("")),
            Task.Run(() => TimeUntilDropped("\u0016")),
            Task.Run(() => TimeUntilDropped(HalfHello)),
            Task.Run(() => TimeUntilDropped(HalfHello, dribbles: true)));

        took.Should().OnlyContain(seconds => seconds > 9 && seconds < 18); // a second to look, two to read last words, and a busy machine
    }

    [TestCase("\u0016\u0003\u0001\u0000\u0005hello", TestName = "A_connection_without_a_handshake_is_dropped_at_once(a record of nonsense)")]
    [TestCase("\u0000\u0000\u0000\u0000", TestName = "A_connection_without_a_handshake_is_dropped_at_once(zeros)")]
    [TestCase("SSH-2.0-OpenSSH_9.2\r\n", TestName = "A_connection_without_a_handshake_is_dropped_at_once(SSH)")]
    [TestCase("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", TestName = "A_connection_without_a_handshake_is_dropped_at_once(HTTP/2 in plain)")]
    public void A_connection_without_a_handshake_is_dropped_at_once(string sent)
    {
        using var socket = Daemon.ConnectSecure();
        socket.SendText(sent);

        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [Test]
    public async Task A_thousand_half_handshakes_hinder_nobody_and_leave_nothing_behind()
    {
        using var client = Daemon.NewSecureClient();
        (await client.GetAsync("/healthz")).EnsureSuccessStatusCode().Dispose();
        var before = ProcessUse.OpenFiles(Daemon.Pid);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                sockets.Add(Daemon.ConnectSecure());
                sockets[^1].SendText(HalfHello[..(i % HalfHello.Length)]);
            }

            var watch = Stopwatch.StartNew();
            using (var handshake = Daemon.Handshake())
                handshake.IsAuthenticated.Should().BeTrue();
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));

            (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) <= before, seconds: 20)).Should().BeTrue("each has its ten seconds");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    private double TimeUntilDropped(string sent, bool dribbles = false)
    {
        using var socket = Daemon.ConnectSecure();
        var watch = Stopwatch.StartNew();
        socket.SendText(sent);
        if (!dribbles)
            socket.IsClosedWithin(20).Should().BeTrue();
        while (dribbles && watch.Elapsed.TotalSeconds < 20 && TrySend(socket))
            Thread.Sleep(250);
        return watch.Elapsed.TotalSeconds;
    }

    private static bool TrySend(Socket socket)
    {
        try
        {
            return socket.Send([0]) == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Where the daemon listens, and what it is called there.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed class AddressStories(string engine)
{
    [TestCase("127.0.0.1", true, false)]
    [TestCase("0.0.0.0", true, false)]
    [TestCase("::1", false, true)]
    [TestCase("[::1]", false, true)]
    [TestCase("::", true, true)]
    [TestCase("localhost", true, null)] // what else it means is the machine's to say
    public async Task The_daemon_listens_where_it_is_told_to(string host, bool onIPv4, bool? onIPv6)
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", engine, "--host", host);

        Answers(IPAddress.Loopback, daemon.Port).Should().Be(onIPv4);
        if (onIPv6 is { } expected)
            Answers(IPAddress.IPv6Loopback, daemon.Port).Should().Be(expected);

        foreach (var name in (string[])["example.com", "[::1]:9000", "127.0.0.1"])
            daemon.Ask($"GET /healthz HTTP/1.1\r\nHost: {name}\r\n\r\n")!.Status.Should().Be(200);
        using var client = daemon.NewClient();
        var file = Sample.Random(1000);
        using var stored = await client.PostAsync("/", new ByteArrayContent(file.Bytes));
        (await stored.TextAsync()).Should().Be(file.Hash);
    }

    [Test]
    public void An_address_of_the_machine_takes_itself_alone()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", engine, "--host", "127.0.0.2");

        Answers(IPAddress.Parse("127.0.0.2"), daemon.Port).Should().BeTrue();
        Answers(IPAddress.Loopback, daemon.Port).Should().BeFalse();
    }

    [Test]
    public async Task An_IPv4_client_of_an_IPv6_socket_is_logged_with_its_IPv4_address()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", engine, "--host", "::");

        Answers(IPAddress.Loopback, daemon.Port).Should().BeTrue();
        Answers(IPAddress.IPv6Loopback, daemon.Port).Should().BeTrue();

        (await Eventually.HoldsAsync(() => daemon.LogText.Contains("ms 127.0.0.1") && daemon.LogText.Contains("ms ::1"))).Should().BeTrue(daemon.LogText);
    }

    private static bool Answers(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address, port);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }

        socket.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        return socket.ReadAnswer()?.Status == 200;
    }
}

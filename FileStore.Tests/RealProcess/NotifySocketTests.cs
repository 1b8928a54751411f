using System.Net.Sockets;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What systemd is told, at a socket that stands in for its own (sd_notify(3)).</summary>
[TestFixture]
public sealed class NotifySocketTests
{
    [TestCase(false, TestName = "READY_and_STOPPING_reach_a_socket_in_the_file_system")]
    [TestCase(true, TestName = "READY_and_STOPPING_reach_an_abstract_socket")]
    public void READY_and_STOPPING_are_sent(bool isAbstract)
    {
        using var folder = new TempFolder();
        var name = isAbstract ? $"@{folder["notify"]}" : folder["notify"];
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name[1..] : name));
        using var daemon = DaemonProcess.StartUnder(["env", $"NOTIFY_SOCKET={name}"], folder.Path);

        Receive(systemd).Should().Be("READY=1");
        using (var client = daemon.NewClient())
            client.Send(new HttpRequestMessage(HttpMethod.Get, "/healthz")).IsSuccessStatusCode.Should().BeTrue("it is ready when it says so");
        systemd.Available.Should().Be(0);
        daemon.Signal("TERM");

        Receive(systemd).Should().Be("STOPPING=1");
        daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
        daemon.ExitCode.Should().Be(0);
    }

    [TestCase("httplistener")]
    [TestCase("kestrel")]
    public void STOPPING_is_sent_before_the_drain_ends(string engine)
    {
        using var folder = new TempFolder();
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        systemd.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        using var daemon = DaemonProcess.StartUnder(["env", $"NOTIFY_SOCKET={folder["notify"]}"], folder.Path, "--engine", engine);
        Receive(systemd).Should().Be("READY=1");
        using var upload = daemon.Connect();
        upload.SendText("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
        Eventually.Until(() => new StoreOnDisk(folder["store"]).Incoming.Length == 1, "the upload has begun");

        daemon.Signal("TERM");

        Receive(systemd).Should().Be("STOPPING=1");
        daemon.HasExited.Should().BeFalse("an upload still runs");
        upload.SendText("c");
        upload.ReadAnswer()!.Status.Should().Be(200);
        daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
    }

    [TestCase("/nowhere/notify")]
    [TestCase("@nobody-listens-here")]
    public void A_daemon_runs_although_its_notify_socket_is_not_served(string name)
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.StartUnder(["env", $"NOTIFY_SOCKET={name}"], folder.Path);

        using var client = daemon.NewClient();
        client.Send(new HttpRequestMessage(HttpMethod.Get, "/healthz")).IsSuccessStatusCode.Should().BeTrue();
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[256];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)).TrimEnd('\n');
    }
}

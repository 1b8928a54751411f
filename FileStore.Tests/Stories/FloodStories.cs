using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>More connections than there are file descriptors for.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
[NonParallelizable]
public sealed class FloodStories(string engine)
{
    [Test]
    public async Task A_flood_is_turned_away_without_a_spin_and_leaves_no_trace()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.StartUnder(["prlimit", "--nofile=300"], folder.Path, "--engine", engine);
        daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 600; i++)
                sockets.Add(daemon.Connect());

            // Who was let in is served; who was not is told so, or cut.
            var answers = sockets.Select(socket => TryAsk(socket)).ToArray();
            answers.Count(status => status == 200).Should().BePositive();
            answers.Should().OnlyContain(status => status == 200 || status == 503 || status == null);
            answers.Should().Contain(status => status != 200);

            var before = ProcessUse.Cpu(daemon.Pid);
            await Task.Delay(2000);
            (ProcessUse.Cpu(daemon.Pid) - before).TotalSeconds.Should().BeLessThan(1, "it waits, and does not spin");
            daemon.HasExited.Should().BeFalse();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        (await Eventually.HoldsAsync(() => TryAsk(daemon) == 200, seconds: 15)).Should().BeTrue();
        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(daemon.Pid) < 20)).Should().BeTrue();
        using var client = daemon.NewClient();
        using var stored = await client.PostAsync("/", new ByteArrayContent([1]));
        stored.Status().Should().Be(200);
    }

    [Test]
    public async Task A_burst_leaves_files_for_those_who_are_served()
    {
        const int files = 256;
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.StartUnder(["prlimit", $"--nofile={files}"], folder.Path, "--engine", engine);
        using var client = daemon.NewClient();
        (await client.PostAsync("/", new ByteArrayContent([1]))).EnsureSuccessStatusCode().Dispose();
        var sockets = Enumerable.Range(0, 1500).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        try
        {
            var connecting = Task.WhenAll(sockets.Select(socket => socket.ConnectAsync(daemon.Address, daemon.Port)));
            var most = 0;
            while (!connecting.IsCompleted)
                most = Math.Max(most, Directory.GetFileSystemEntries($"/proc/{daemon.Pid}/fd").Length);
            most = Math.Max(most, Directory.GetFileSystemEntries($"/proc/{daemon.Pid}/fd").Length);

            using var stored = await client.PostAsync("/", new ByteArrayContent([2]));
            stored.Status().Should().Be(200, "who was let in is served");
            most.Should().BeLessThan(files - 16);
            daemon.LogText.Should().NotContain("out of file descriptors");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static int? TryAsk(DaemonProcess daemon)
    {
        using var socket = daemon.Connect();
        return TryAsk(socket);
    }

    private static int? TryAsk(Socket socket)
    {
        try
        {
            socket.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
            return socket.ReadAnswer(timeoutSeconds: 10)?.Status;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}

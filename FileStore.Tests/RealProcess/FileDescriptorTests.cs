using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A daemon that may open no more files: it waits or refuses, does not spin, and recovers.</summary>
[TestFixture]
public sealed class FileDescriptorTests
{
    [Test]
    public async Task Out_of_descriptors_it_refuses_waits_and_recovers()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--cache", "0");
        using var kept = daemon.Connect();
        using var alsoKept = daemon.Connect();
        using var client = daemon.NewClient();
        var content = Uploads.Fresh(1000);
        (await client.SendAsync(Uploads.Post(content))).EnsureSuccessStatusCode().Dispose();
        foreach (var connection in new[] { kept, alsoKept }) // both are accepted while there is room
        {
            connection.SendText("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            connection.ReadAnswer()!.Status.Should().Be(200);
        }

        var before = SoftLimit(daemon.Pid);
        var connections = new List<Socket>();
        try
        {
            Limit(daemon.Pid, Descriptors(daemon.Pid).Max() + 9);
            for (var i = 0; i < 150; i++)
                connections.Add(daemon.Connect());
            Eventually.Until(() => daemon.LogText.Contains("out of file descriptors"), "it says so");

            kept.SendText($"GET /files/{Uploads.Sha256(content)} HTTP/1.1\r\nHost: a\r\n\r\n");
            kept.ReadAnswer()!.Status.Should().Be(503);
            Eventually.Until(() =>
            {
                alsoKept.SendText("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
                return alsoKept.ReadAnswer()!.Status == 503;
            }, "an upload is refused as soon as somebody has taken what that connection gave back");

            var busy = CpuTime(daemon.Pid);
            await Task.Delay(2000);
            (CpuTime(daemon.Pid) - busy).Should().BeLessThan(TimeSpan.FromSeconds(1), "waiting is no work");

            Limit(daemon.Pid, before);
            connections[^1].SendText($"GET /files/{Uploads.Sha256(content)} HTTP/1.1\r\nHost: a\r\n\r\n");
            connections[^1].ReadAnswer()!.Body.Should().Equal(content, "who waited is served");
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        using var fresh = daemon.NewClient();
        (await fresh.GetAsync("/nothing")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await fresh.SendAsync(Uploads.Post(Uploads.Fresh(1000)))).StatusCode.Should().Be(HttpStatusCode.OK);
        await Health.BecomesAsync(fresh, HttpStatusCode.OK);
        Uploads.Unfinished(folder["store"]).Should().BeEmpty();
        Eventually.Until(() => Descriptors(daemon.Pid).Length < 150, "what the connections took is given back");
    }

    private static int[] Descriptors(int pid) =>
        [.. Directory.EnumerateFiles($"/proc/{pid}/fd").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];

    private static int SoftLimit(int pid) =>
        int.Parse(Command.Run("/", "prlimit", "--pid", $"{pid}", "--nofile", "--output", "SOFT", "--noheadings").Output, CultureInfo.InvariantCulture);

    private static void Limit(int pid, int files) =>
        Command.Run("/", "prlimit", "--pid", $"{pid}", $"--nofile={files}:").ExitCode.Should().Be(0);

    private static TimeSpan CpuTime(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }
}

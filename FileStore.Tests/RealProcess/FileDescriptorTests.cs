using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A daemon that may open no more files: it waits or refuses, does not spin, and recovers.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed class FileDescriptorTests(string engine)
{
    private TempFolder _folder;
    private DaemonProcess _daemon;

    [SetUp]
    public void StartDaemon()
    {
        _folder = new TempFolder();
        _daemon = DaemonProcess.Start(_folder.Path, "--engine", engine, "--cache", "0");
    }

    [TearDown]
    public void StopDaemon()
    {
        _daemon.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_limit_that_is_lowered_lowers_the_number_of_connections()
    {
        using var client = _daemon.NewClient();
        var content = Bytes.Fresh(1000);
        (await client.SendAsync(Uploads.Post(content))).EnsureSuccessStatusCode().Dispose();
        var before = SoftLimit(_daemon.Pid);
        var connections = new List<Socket>();
        try
        {
            Limit(_daemon.Pid, Descriptors(_daemon.Pid) + 80);
            await Task.Delay(2500); // it looks once a second

            for (var i = 0; i < 150; i++)
                connections.Add(_daemon.Connect());
            connections[^1].ReadAnswer()!.Status.Should().Be(503, "there is no room for it");
            await Task.Delay(2500); // those that were refused are no longer waited for
            using (var sending = _daemon.Connect())
            {
                sending.SendText("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
                sending.SendAll(new byte[4_000_000]);
                sending.ReadAnswer()!.Status.Should().Be(503, "a client reads why it was refused, although it sends");
            }

            (await client.GetByteArrayAsync($"/files/{Bytes.HashOf(content)}")).Should().Equal(content, "who is in is served");
            (await client.SendAsync(Uploads.Post(Bytes.Fresh(1000)))).StatusCode.Should().Be(HttpStatusCode.OK);
            await DoesNotSpinAsync();
        }
        finally
        {
            Limit(_daemon.Pid, before);
            connections.ForEach(connection => connection.Dispose());
        }

        await RecoversAsync();
    }

    [Test]
    public async Task Connections_that_cannot_be_accepted_wait()
    {
        using var first = _daemon.NewClient();
        (await first.GetAsync("/healthz")).EnsureSuccessStatusCode().Dispose();
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        using (Strace.Attach(_daemon.Pid, "accept4:error=EMFILE"))
        {
            await waiting.ConnectAsync(IPAddress.Loopback, _daemon.Port);
            waiting.SendText("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            Eventually.Until(() => _daemon.LogText.Contains("out of file descriptors"), "it says so");
            await DoesNotSpinAsync();
            waiting.Available.Should().Be(0);
        }

        waiting.ReadAnswer()!.Status.Should().Be(200, "who waited is served");
        await RecoversAsync();
    }

    [Test]
    public async Task The_first_failure_of_all_is_answered_although_nothing_can_be_opened()
    {
        // What the runtime could not load now, it would not load later either: the next answers matter too.
        using var client = _daemon.NewClient();
        (await client.GetAsync("/healthz")).EnsureSuccessStatusCode().Dispose();

        using (Strace.Attach(_daemon.Pid, "openat:error=EMFILE"))
        {
            using var answer = await client.SendAsync(Uploads.Post(Bytes.Fresh(1000)));
            answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        }

        await RecoversAsync();
    }

    private async Task RecoversAsync()
    {
        using var client = _daemon.NewClient();
        (await client.SendAsync(Uploads.Post(Bytes.Fresh(1000)))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.GetAsync("/nothing")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        await Health.BecomesAsync(client, HttpStatusCode.OK);
        new StoreOnDisk(_folder["store"]).Incoming.Should().BeEmpty();
        Eventually.Until(() => Descriptors(_daemon.Pid) < 200, "what the connections took is given back");
    }

    private async Task DoesNotSpinAsync()
    {
        var before = CpuTime(_daemon.Pid);
        await Task.Delay(2000);
        (CpuTime(_daemon.Pid) - before).Should().BeLessThan(TimeSpan.FromSeconds(1), "waiting is no work");
    }

    private static int Descriptors(int pid) => Directory.GetFiles($"/proc/{pid}/fd").Length;

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

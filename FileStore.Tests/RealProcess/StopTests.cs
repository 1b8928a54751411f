using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>How a daemon ends: what runs is finished, what is new is refused, nothing is left.</summary>
[TestFixture("httplistener")]
[TestFixture("kestrel")]
public sealed partial class StopTests(string engine)
{
    private static readonly byte[] Content = "half now, half later"u8.ToArray();

    private DaemonHome _home;
    private StartedDaemon _daemon;

    [SetUp]
    public void StartDaemon()
    {
        _home = new DaemonHome();
        _daemon = _home.Start("--engine", engine);
    }

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test, Category("Quick")]
    public void Stop_of_an_idle_daemon_leaves_nothing()
    {
        using var idle = _daemon.Connect();

        var result = _home.Run("stop");

        result.ExitCode.Should().Be(0, result.Error);
        result.Output.Should().Contain($"{_daemon.Pid}").And.Contain("stopped");
        File.Exists(_home["filestore.pid"]).Should().BeFalse();
        Eventually.Until(() => _home.Daemons().Length == 0, "the process ends");
        File.ReadAllText(_home["log/server.log"]).Should().EndWith("stopped\n");
        _home.Run("get_pid").ExitCode.Should().Be(3);
    }

    [Test, Category("Quick")]
    public async Task Stop_waits_for_an_upload_in_flight_which_is_acknowledged()
    {
        using var upload = BeginUpload(Content.Length);

        var stop = Task.Run(() => _home.Run("stop"));
        Eventually.Until(IsClosedToNewcomers, "the port is closed while the upload runs");
        stop.IsCompleted.Should().BeFalse();
        upload.SendAll(Content.AsSpan(10));
        var answer = upload.ReadAnswer();

        answer!.Status.Should().Be(200);
        answer.Text.Should().Be(Bytes.HashOf(Content));
        (await stop).ExitCode.Should().Be(0);
        new StoreOnDisk(_home["store"]).Read(answer.Text).Should().Equal(Content);
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
    }

    [Test]
    public void Only_an_interrupt_ends_it_before_its_requests()
    {
        using var upload = BeginUpload(Content.Length);

        DaemonHome.Signal(_daemon.Pid, "TERM");
        Eventually.Until(IsClosedToNewcomers, "the port is closed");
        DaemonHome.Signal(_daemon.Pid, "TERM");
        Thread.Sleep(1000);
        _home.Daemons().Should().Equal([_daemon.Pid], "two who stop it both wait for what runs");
        DaemonHome.Signal(_daemon.Pid, "INT");

        Eventually.Until(() => _home.Daemons().Length == 0, "it does not wait for the upload", seconds: 15);
        _home.Start("--engine", engine).Pid.Should().NotBe(_daemon.Pid, "what was left does not hinder the next one");
        new StoreOnDisk(_home["store"]).Blobs.Should().BeEmpty();
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    public void A_signal_ends_the_foreground_daemon_with_0(string signal)
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", engine);

        daemon.Signal(signal);

        daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
        daemon.ExitCode.Should().Be(0);
        File.Exists(folder["filestore.pid"]).Should().BeFalse();
    }

    [TestCase("TERM")]
    [TestCase("INT")]
    public async Task Under_load_it_ends_as_cleanly(string signal)
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--engine", engine);
        using var over = new CancellationTokenSource();
        var workload = new Workload();
        var running = workload.RunAsync(daemon.Url, clients: 8, over.Token);
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(200);
            daemon.Signal("HUP"); // its log is reopened, and nobody notices
        }

        daemon.Signal(signal);

        daemon.WaitForExit(TimeSpan.FromSeconds(35)).Should().BeTrue();
        await over.CancelAsync();
        await running;
        daemon.ExitCode.Should().Be(0);
        File.ReadAllText(folder["log/server.log"]).Should().Contain(" INFO stopped").And.NotContain(" ERROR ").And.NotContain("still running");
        workload.Acknowledged.Should().BePositive();
        workload.Verify(folder["store"]);
        new StoreOnDisk(folder["store"]).Incoming.Should().BeEmpty();
    }

    [Test, Category("Long")]
    public void An_upload_that_never_ends_is_cut_after_the_wait()
    {
        using var upload = BeginUpload(1_000_000);
        using var feeding = new Timer(_ => Feed(upload), null, 0, 1000);

        _home.Run("stop").ExitCode.Should().Be(0);

        upload.IsClosedWithin(10).Should().BeTrue();
        Eventually.Until(() => _home.Daemons().Length == 0, "the process ends");
        File.ReadAllText(_home["log/server.log"]).Should().Contain("had not ended after 30 s");
        new StoreOnDisk(_home["store"]).Blobs.Should().BeEmpty();
    }

    [Test, Category("Long")]
    public void A_daemon_that_hangs_is_ended_by_force_alone()
    {
        DaemonHome.Signal(_daemon.Pid, "STOP");

        var plain = _home.Run("stop");
        plain.ExitCode.Should().Be(1);
        plain.Error.Should().Contain("--force").And.Contain($"{_daemon.Pid}");
        _home.Daemons().Should().Equal(_daemon.Pid);

        _home.Run("stop", "--force").ExitCode.Should().Be(0);
        Eventually.Until(() => _home.Daemons().Length == 0, "the process ends");
        File.Exists(_home["filestore.pid"]).Should().BeFalse();
        _home.Start();
    }

    private Socket BeginUpload(int length)
    {
        var socket = _daemon.Connect();
        socket.SendText($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        socket.SendAll(Content.AsSpan(0, 10));
        Eventually.Until(() => new StoreOnDisk(_home["store"]).Incoming.Length == 1, "the upload has begun");
        return socket;
    }

    private bool IsClosedToNewcomers()
    {
        try
        {
            _daemon.Connect().Dispose();
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    // Faster than the limit for slow clients, which would cut it at about the same time.
    private static void Feed(Socket upload)
    {
        try
        {
            upload.Send(new byte[4096]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The daemon has cut it, as it should.
        }
    }
}

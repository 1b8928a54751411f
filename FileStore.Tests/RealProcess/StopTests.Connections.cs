using System.Net.NetworkInformation;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What becomes of connections that are open: answers end, and nothing new begins.</summary>
public sealed partial class StopTests
{
    [TestCase("/healthz")]
    [TestCase("/files")]
    public async Task While_it_drains_kept_connections_are_refused(string target)
    {
        using var upload = BeginUpload(Content.Length);
        using var kept = _daemon.Connect();
        kept.SendText("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        kept.ReadAnswer()!.Status.Should().Be(200);

        var stop = Task.Run(() => _home.Run("stop"));
        Eventually.Until(IsClosedToNewcomers, "the port is closed");
        kept.SendText($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        var answer = kept.ReadAnswer();

        answer!.Status.Should().Be(503);
        answer.Field("Retry-After").Should().NotBeNull();
        answer.Field("Connection").Should().Be("close");
        kept.IsClosedWithin(10).Should().BeTrue();
        upload.SendAll(Content.AsSpan(10));
        upload.ReadAnswer()!.Status.Should().Be(200);
        (await stop).ExitCode.Should().Be(0);
    }

    [Test]
    public async Task A_request_on_a_kept_connection_is_a_503_once_the_port_is_closed()
    {
        using var upload = BeginUpload(Content.Length);
        using var kept = _daemon.Connect();
        Task<CommandResult> stop;
        using (Strace.Attach(_daemon.Pid, "close:delay_exit=500000")) // microseconds, for which the port is closed and the daemon has not gone on
        {
            stop = Task.Run(() => _home.Run("stop"));
            Eventually.Until(() => !Listeners().Contains(_daemon.Url.Port), "the port is closed"); // looked at from afar: a connection is a close more
            kept.SendText("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            kept.ReadAnswer()!.Status.Should().Be(503);
        }

        upload.SendAll(Content.AsSpan(10));
        (await stop).ExitCode.Should().Be(0);
    }

    [Test]
    public void A_download_in_flight_is_sent_to_its_end()
    {
        var content = Bytes.Fresh(24 << 20); // more than the kernel's buffers take
        using var client = _daemon.NewClient();
        client.Send(Uploads.Post(content)).Dispose();
        using var download = _daemon.Connect();
        download.SendText($"GET /files/{Bytes.HashOf(content)} HTTP/1.1\r\nHost: a\r\n\r\n");
        Eventually.Until(() => download.Available > 0, "the download runs");

        DaemonHome.Signal(_daemon.Pid, "TERM");
        Eventually.Until(IsClosedToNewcomers, "the port is closed");

        download.ReadAnswer()!.Body.Should().Equal(content);
        Eventually.Until(() => _home.Daemons().Length == 0, "the process ends");
    }

    [Test]
    public void The_end_of_an_answer_that_its_client_has_not_fetched_is_sent()
    {
        var content = Bytes.Fresh(350_000); // more than the kernel takes on Kestrel, and little enough to be written without waiting for the client
        using var client = _daemon.NewClient();
        client.Send(Uploads.Post(content)).Dispose();
        using var download = _daemon.Connect(receiveBuffer: 8 << 10);
        download.SendText($"GET /files/{Bytes.HashOf(content)} HTTP/1.1\r\nHost: a\r\n\r\n");
        Eventually.Until(() => File.ReadAllText(_home["log/server.log"]).Contains($"GET /files/{Bytes.HashOf(content)} 200", StringComparison.Ordinal), "the answer is written");

        DaemonHome.Signal(_daemon.Pid, "TERM");
        Eventually.Until(IsClosedToNewcomers, "the port is closed");
        Thread.Sleep(1000); // in which it would be gone

        download.ReadAnswer()!.Body.Should().Equal(content);
        Eventually.Until(() => _home.Daemons().Length == 0, "the process ends");
    }

    private static IEnumerable<int> Listeners() =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(endPoint => endPoint.Port);
}

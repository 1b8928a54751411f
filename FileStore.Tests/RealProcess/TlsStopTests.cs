using System.Net;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A clean stop with clients on the HTTPS port.</summary>
[TestFixture]
public sealed class TlsStopTests
{
    [Test]
    public async Task A_stop_lets_uploads_end_and_refuses_idle_and_new_connections()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--tls", "adhoc", "--tls-port", "0");
        using var idle = daemon.NewSecureClient(HttpVersion.Version20);
        (await idle.GetAsync("/healthz")).EnsureSuccessStatusCode().Dispose();
        using var client = daemon.NewSecureClient(HttpVersion.Version20);
        var rest = new TaskCompletionSource();
        var first = new string('x', 60_000); // of less than 32 KB the client may send nothing until more comes
        var uploading = client.PostAsync("/", new StreamContent(new TwoPartStream(first, rest.Task, "and last")));
        using var old = daemon.Handshake();
        old.Write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello"u8);
        (await Eventually.HoldsAsync(() => new StoreOnDisk(folder["store"]).Incoming.Length == 2)).Should().BeTrue();

        daemon.Signal("TERM");

        (await Eventually.HoldsAsync(() => daemon.LogText.Contains("stopping on SIGTERM"))).Should().BeTrue();
        daemon.Invoking(d => d.ConnectSecure()).Should().Throw<System.Net.Sockets.SocketException>();
        using var late = await idle.GetAsync("/healthz");
        late.Status().Should().Be(503);
        daemon.HasExited.Should().BeFalse();
        rest.SetResult();
        (await (await uploading).TextAsync()).Should().Be(Sample.Of($"{first}and last").Hash);
        old.Write("world"u8);
        var status = new byte[12];
        await old.ReadExactlyAsync(status);
        Encoding.ASCII.GetString(status).Should().Be("HTTP/1.1 200");
        daemon.WaitForExit(TimeSpan.FromSeconds(10)).Should().BeTrue();
        daemon.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task Clients_that_have_asked_for_nothing_do_not_hold_it_up()
    {
        using var folder = new TempFolder();
        using var daemon = DaemonProcess.Start(folder.Path, "--tls", "adhoc", "--tls-port", "0", "--engine", "kestrel");
        using var silent = daemon.ConnectSecure();
        using var half = daemon.Handshake();
        half.Write("GET /heal"u8);
        using var plain = daemon.Connect();
        plain.SendText("GET /heal");
        using var idle = daemon.NewSecureClient(HttpVersion.Version20);
        (await idle.GetAsync("/healthz")).EnsureSuccessStatusCode().Dispose();

        daemon.Signal("TERM");

        daemon.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
        daemon.LogText.Should().EndWith("stopped").And.NotContain("had not ended");
    }

    private sealed class TwoPartStream(string first, Task gate, string last) : FileStore.Core.Primitives.ReadOnlyStream
    {
        private int _part;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_part > 2)
                return 0;
            if (_part == 2)
                await gate.WaitAsync(cancellationToken);
            return Encoding.ASCII.GetBytes(_part == 1 ? first : last, buffer.Span);
        }
    }
}

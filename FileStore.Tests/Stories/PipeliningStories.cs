using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Clients that do not wait for an answer before they send the next request (RFC 9112, section 9.3.2).</summary>
[NonParallelizable]
public sealed class PipeliningStories(string engine) : DaemonFixture(engine)
{
    private const string Ok = """{"status":"ok"}""";

    [Test]
    public async Task Requests_that_come_together_are_answered_in_order()
    {
        var hash = await StoreAsync("pipelined"u8.ToArray());
        using var socket = Daemon.Connect();

        socket.SendText(
            "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n" +
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\npipelined" +
            "\r\n" + // an empty line before a request is passed over (RFC 9112, 2.2)
            "HEAD /files HTTP/1.1\r\nHost: h\r\n\r\n" +
            "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n" +
            $"GET /files/{hash} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

        socket.ReadAnswer()!.Text.Should().Be(Ok);
        socket.ReadAnswer()!.Text.Should().Be(hash);
        socket.ReadAnswer(head: true)!.Status.Should().Be(200);
        socket.ReadAnswer().ShouldBeProblem(404);
        socket.ReadAnswer()!.Text.Should().Be("pipelined");
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [Test]
    public void All_that_came_before_the_client_closed_its_side_is_answered()
    {
        const string pair = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        using var socket = Daemon.Connect();
        socket.SendText(string.Concat(Enumerable.Repeat(pair, 40)));
        socket.Shutdown(SocketShutdown.Send);

        for (var i = 0; i < 40; i++)
        {
            socket.ReadAnswer()!.Text.Should().Be(Ok);
            socket.ReadAnswer()!.Text.Should().Be(Sample.Of("abc").Hash);
        }

        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [TestCase("")]
    [TestCase("\r\n")] // RFC 9112, 2.2: some old clients send one after the body
    public void Bytes_after_a_chunked_body_in_its_packet_are_the_next_request(string between)
    {
        using var socket = Daemon.Connect();
        const string upload = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n";
        socket.SendText($"{upload}{between}{upload}{between}GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");

        socket.ReadAnswer()!.Text.Should().Be(Sample.Of("abc").Hash);
        socket.ReadAnswer()!.Text.Should().Be(Sample.Of("abc").Hash);
        socket.ReadAnswer()!.Text.Should().Be(Ok);
    }

    [Test]
    public async Task Thousands_of_requests_at_once_are_answered_one_after_the_other()
    {
        using var socket = Daemon.Connect();
        const int count = 10_000;
        var sending = Task.Run(() => socket.SendText(string.Concat(Enumerable.Repeat("HEAD /favicon.ico HTTP/1.1\r\nHost: h\r\n\r\n", count - 1)) +
            "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));

        var all = System.Text.Encoding.Latin1.GetString(socket.ReadToEnd(60));

        all.Split("HTTP/1.1 200 OK\r\n").Should().HaveCount(count + 1);
        all.Should().EndWith(Ok);
        await sending;
    }

    [Test]
    public async Task Large_answers_wait_in_order_for_a_client_that_reads_late()
    {
        var content = Bytes.Random(3_000_000);
        var hash = await StoreAsync(content);
        using var socket = Daemon.Connect();
        socket.SendText(string.Concat(Enumerable.Range(0, 8).Select(i => $"GET /files/{hash} HTTP/1.1\r\nHost: h\r\nRange: bytes={i}-\r\n\r\n")));
        for (var before = -1; socket.Available != before; Thread.Sleep(200))
            before = socket.Available; // until no more fits in, so that an answer's beginning meets a full socket

        for (var i = 0; i < 8; i++)
        {
            var answer = socket.ReadAnswer()!;
            answer.Field("Content-Range").Should().Be($"bytes {i}-2999999/3000000");
            answer.Body.AsSpan().SequenceEqual(content.AsSpan(i)).Should().BeTrue();
        }
    }

    [Test]
    public async Task Clients_that_never_stop_asking_do_not_keep_others_out()
    {
        using var end = new CancellationTokenSource();
        var pumps = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            using var socket = Daemon.Connect();
            var requests = Bytes.Of(string.Concat(Enumerable.Repeat("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 100)));
            var answers = new byte[1 << 20];
            while (!end.IsCancellationRequested)
            {
                socket.SendAll(requests);
                socket.Receive(answers);
            }
        }, TaskCreationOptions.LongRunning)).ToList();

        for (var i = 0; i < 20; i++)
        {
            using var another = Daemon.Connect();
            another.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
            another.ReadAnswer(timeoutSeconds: 5)!.Text.Should().Be(Ok);
        }

        await end.CancelAsync();
        await Task.WhenAll(pumps);
    }
}

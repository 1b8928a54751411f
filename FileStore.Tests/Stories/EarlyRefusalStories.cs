using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>A refusal must reach the client although the client is still busy sending.</summary>
public sealed class EarlyRefusalStories(string engine) : DaemonFixture(engine, "--max-upload", "1MB")
{
    private const int Size = 16_000_000; // more than the kernel takes on both sides

    private static byte[] Bytes { get; } = new byte[Size];

    private static object[] Refusals { get; } =
    [
        new object[] { "POST", "/nowhere", 404 },
        new object[] { "POST", "/healthz", 405 },
        new object[] { "POST", "/", 413 },
        new object[] { "PUT", "/files/not-a-hash", 400 },
        new object[] { "PUT", $"/files/{Sample.Of("").Hash}", 412 }, // with If-Match: *
    ];

    [TestCaseSource(nameof(Refusals))]
    public void Curl_reads_it(string method, string path, int status)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["body"], Bytes);

        foreach (var expect in (string[])["Expect: 100-continue", "Expect:"])
        {
            var curl = Command.Run(folder.Path, "curl", "-sS", "-X", method, "--data-binary", "@body", "-H", expect, "-H", "If-Match: *",
                "-o", "answer", "-w", "%{http_code}", new Uri(Daemon.Url, path).AbsoluteUri);

            curl.Should().Be(new CommandResult(0, $"{status}", ""));
            File.ReadAllText(folder["answer"]).Should().Contain($"\"status\":{status}");
        }
    }

    [TestCaseSource(nameof(Refusals))]
    public async Task The_client_library_reads_it(string method, string path, int status)
    {
        using var client = Daemon.NewClient();

        using var whole = await client.SendAsync(method, path, new ByteArrayContent(Bytes), ("If-Match", "*"));
        using var chunked = await client.SendAsync(method, path, Responses.Chunked(Bytes), ("If-Match", "*"));

        await whole.ShouldBeProblemAsync(status);
        await chunked.ShouldBeProblemAsync(status);
    }

    [TestCaseSource(nameof(Refusals))]
    public void A_client_that_reads_only_when_it_has_sent_everything_reads_it(string method, string path, int status)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"{method} {path} HTTP/1.1\r\nHost: h\r\nIf-Match: *\r\nContent-Length: {Size}\r\n\r\n");
        socket.SendAll(Bytes);

        socket.ReadAnswer().ShouldBeProblem(status);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [TestCase("POST / http/1.1\r\nHost: h\r\nContent-Length: 40000000\r\n\r\n", 400)]
    [TestCase("POST / HTTP/1.1\r\nContent-Length: 40000000\r\n\r\n", 400)]
    [TestCase("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400)]
    [TestCase("POST / HTTP/1.1\nHost: h\n\n", 400)]
    [TestCase("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501)]
    [TestCase("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    [TestCase("POST / HTTP/3.0\r\nHost: h\r\nContent-Length: 40000000\r\n\r\n", 505)]
    public void So_does_one_whose_request_is_malformed(string request, int status)
    {
        using var socket = Daemon.Connect();
        socket.SendText(request);
        socket.SendAll(Bytes);

        socket.ReadAnswer().ShouldBeProblem(status);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [TestCase("GET /", 414)]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nX: ", 431)]
    public void So_does_one_whose_head_has_no_end(string beginning, int status)
    {
        using var socket = Daemon.Connect();
        socket.SendText(beginning);
        socket.SendText(new string('x', Size));

        socket.ReadAnswer().ShouldBeProblem(status);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [Test]
    public async Task Clients_that_do_not_leave_after_it_are_cut_off()
    {
        using var silent = Refused();
        using var dribbling = Refused();
        using var endless = Refused();
        var openFiles = ProcessUse.OpenFiles(Daemon.Pid);

        var ends = await Task.WhenAll(
            Task.Run(() => silent.IsClosedWithin(10)),
            Task.Run(async () => await Eventually.HoldsAsync(() => !CanSend(dribbling, new byte[1]))),
            Task.Run(async () => await Eventually.HoldsAsync(() => !CanSend(endless, new byte[1 << 20]))));

        ends.Should().Equal([true, true, true]);
        (await Eventually.HoldsAsync(() => ProcessUse.OpenFiles(Daemon.Pid) <= openFiles - 3)).Should().BeTrue();
    }

    private Socket Refused()
    {
        var socket = Daemon.Connect();
        socket.SendTimeout = 10_000;
        socket.SendText("POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000000\r\n\r\n");
        socket.ReadAnswer().ShouldBeProblem(404);
        return socket;
    }

    private static bool CanSend(Socket socket, byte[] bytes)
    {
        try
        {
            return socket.Send(bytes) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

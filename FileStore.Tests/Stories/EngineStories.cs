using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>What one engine takes and the other does not. docs/operations.md has a table of it.</summary>
public sealed class EngineStories(string engine) : DaemonFixture(engine)
{
    private const string Chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static IEnumerable<TestCaseData> Differences()
    {
        static TestCaseData Case(string name, string request, int httpListener, int kestrel) =>
            new(request, httpListener, kestrel) { TestName = $"Each_engine_answers_as_documented({name})" };

        yield return Case("extension of 18 characters", $"{Chunked}5;{new string('x', 17)}\r\nhello\r\n0\r\n\r\n", 200, 200);
        yield return Case("extension of 30 characters", $"{Chunked}5;{new string('x', 29)}\r\nhello\r\n0\r\n\r\n", 200, 200);
        yield return Case("extension of 20 KB", $"{Chunked}5;{new string('x', 20_000)}\r\nhello\r\n0\r\n\r\n", 400, 400);
        yield return Case("chunk's size of 8 digits", $"{Chunked}00000005\r\nhello\r\n0\r\n\r\n", 200, 200);
        yield return Case("chunk's size of 15 digits", $"{Chunked}000000000000005\r\nhello\r\n0\r\n\r\n", 200, 400);
        yield return Case("150 trailers", $"{Chunked}0\r\n{string.Concat(Enumerable.Repeat("X: y\r\n", 150))}\r\n", 200, 400);
        yield return Case("trailer of 20 KB", $"{Chunked}0\r\nX: {new string('y', 20_000)}\r\n\r\n", 400, 400);
        yield return Case("X-Content-Length and chunks", "POST / HTTP/1.1\r\nHost: h\r\nX-Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, 400);
        yield return Case("LF before the request line", "\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400, 200);
        yield return Case("CR before the request line", "\rGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400, 200);
        yield return Case("non-ASCII target", "GET /healthz?\u00d1\u0084 HTTP/1.1\r\nHost: h\r\n\r\n", 200, 400);
        yield return Case("HTTP: in capitals", "GET HTTP://h/healthz HTTP/1.1\r\nHost: h\r\n\r\n", 200, 400);
        yield return Case("port beyond 65535 in the target", "GET http://h:99999/healthz HTTP/1.1\r\nHost: h\r\n\r\n", 200, 400);
        yield return Case("Host with a zone", "GET /healthz HTTP/1.1\r\nHost: [fe80::1%25eth0]\r\n\r\n", 200, 400);
        yield return Case("HTTP/1.2", "GET /healthz HTTP/1.2\r\nHost: h\r\n\r\n", 505, 505);
    }

    [TestCaseSource(nameof(Differences))]
    public void Each_engine_answers_as_documented(string request, int httpListener, int kestrel)
    {
        var answer = Daemon.Ask(request)!;

        answer.Status.Should().Be(Engine == "kestrel" ? kestrel : httpListener, answer.Text);
    }

    [TestCase("7ffffff0", true, true)]
    [TestCase("80000000", true, false)]
    [TestCase("100000005", true, false)]
    [TestCase("1000000000000000", false, false)]
    public void A_chunk_is_as_large_as_documented(string size, bool httpListener, bool kestrel)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"{Chunked}{size}\r\nhello");

        if (Engine == "kestrel" ? kestrel : httpListener)
            socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead).Should().BeFalse("the rest is waited for");
        else
            socket.ReadAnswer().ShouldBeProblem(400);
    }
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

public sealed class ExpectContinueStories(string engine) : DaemonFixture(engine, "--max-upload", "1MB")
{
    [TestCase("Content-Length: 5", "hello")]
    [TestCase("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    public void A_client_that_asks_first_is_told_to_go_on(string framing, string body)
    {
        using var socket = Daemon.Connect();
        for (var request = 0; request < 3; request++)
        {
            socket.SendText($"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n{framing}\r\n\r\n");
            socket.ReadAnswer()!.Status.Should().Be(100);

            socket.SendText(body);

            socket.ReadAnswer()!.Text.Should().Be(Sample.Of("hello").Hash);
        }
    }

    [TestCase("POST /nowhere", "", 404)]
    [TestCase("POST /healthz", "", 405)]
    [TestCase("PUT /files/abc", "", 400)]
    [TestCase("PUT /files/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "If-Match: *\r\n", 412)]
    [TestCase("POST /", "Content-MD5: wrong\r\n", 400)]
    [TestCase("POST /", "Content-Type: multipart/form-data\r\n", 400)]
    public void A_client_that_will_be_refused_is_not_told_to_send(string line, string fields, int status)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"{line} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n{fields}\r\n");

        socket.ReadAnswer().ShouldBeProblem(status);
    }

    [Test]
    public void A_file_that_is_too_long_is_refused_without_100()
    {
        using var socket = Daemon.Connect();
        socket.SendText("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000001\r\n\r\n");

        socket.ReadAnswer().ShouldBeProblem(413);
    }

    [TestCase("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", TestName = "No_100_without_Expect")]
    [TestCase("POST / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", TestName = "No_100_for_HTTP_1_0")]
    public void No_100(string request) => Daemon.Ask(request)!.Text.Should().Be(Sample.Of("hello").Hash);

    [Test]
    public void No_100_without_a_body()
    {
        Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n")!.Status.Should().Be(200);
        Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(400);
    }

    [Test]
    public void Another_expectation_fails() =>
        Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nExpect: the-best\r\nContent-Length: 5\r\n\r\nhello").ShouldBeProblem(417);
}

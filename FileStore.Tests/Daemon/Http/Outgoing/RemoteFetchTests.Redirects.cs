using System.Net;
using System.Net.Sockets;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Redirects reach only what could be fetched directly.</summary>
public sealed partial class RemoteFetchTests
{
    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task A_redirect_to_a_listed_host_is_followed_and_the_name_stays(int status)
    {
        using var other = Trap.Answering(200, "content");
        using var trap = Trap.Answering(status, "moved", $"Location: http://127.0.0.1:{other.Port}/other?y=1", "Set-Cookie: a=b");

        (await FetchAsync(trap, "/file", other.Port)).Should().Be(new Fetched("file", null, 7, "content"));

        other.Requests.Should().Equal($"GET /other?y=1 HTTP/1.1\r\nHost: 127.0.0.1:{other.Port}\r\nConnection: close\r\n\r\n");
    }

    [TestCase("/there")]
    [TestCase("there")]
    [TestCase("//127.0.0.1:PORT/there")]
    [TestCase("?there")]
    public async Task A_relative_redirect_is_followed(string location)
    {
        using var trap = new Trap(RedirectOnce(port => location.Replace("PORT", $"{port}", StringComparison.Ordinal)));

        (await FetchAsync(trap, "/a/file")).Content.Should().Be("content");

        trap.Requests[1].Should().MatchRegex("^GET (/there|/a/there|/a/file\\?there) HTTP");
    }

    [TestCase("http://127.0.0.1:PORT/")]
    [TestCase("http://localhost:PORT/")]
    [TestCase("http://2130706433:PORT/")]
    [TestCase("//127.1:PORT/")]
    [TestCase("http://user@127.0.0.1:PORT/")]
    [TestCase("https://127.0.0.1:PORT/")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://127.0.0.1:PORT/")]
    [TestCase("ftp://127.0.0.1:PORT/")]
    public async Task A_redirect_to_another_host_is_refused_and_nobody_connects_there(string location)
    {
        using var other = Trap.Answering(200, "secret");
        using var trap = Trap.Answering(302, "", $"Location: {location.Replace("PORT", $"{other.Port}", StringComparison.Ordinal)}");

        await ShouldFailAsync(403, () => FetchAsync(trap));

        (trap.Connections, other.Connections).Should().Be((1, 0));
    }

    [TestCase("http://")]
    [TestCase("//")]
    [TestCase("///")]
    [TestCase("http:///x")]
    [TestCase("http://[")]
    [TestCase("https:?x")]
    [TestCase("http://a:99999/")]
    [TestCase("mailto:a@b")]
    [TestCase("\\\\a\\b")]
    [TestCase("")]
    public async Task A_redirect_to_a_malformed_URL_is_a_403_or_502(string location)
    {
        using var trap = Trap.Answering(302, "", $"Location: {location}");

        await ShouldFailAsync(null, () => FetchAsync(trap));
    }

    [Test]
    public async Task A_circle_of_redirects_ends()
    {
        using var trap = Trap.Answering(302, "", "Location: /file");

        (await ShouldFailAsync(502, () => FetchAsync(trap))).Should().Contain("redirects more than 5 times");

        trap.Connections.Should().Be(6);
    }

    [Test]
    public async Task The_second_look_at_a_name_is_judged_as_the_first_was()
    {
        using var trap = Trap.Answering(302, "", "Location: /file");
        Queue<string> responses = new(["127.0.0.1", "127.0.0.2"]);

        await ShouldFailAsync(403, () => FetchAsync(new Uri($"http://rebound.invalid:{trap.Port}/file"),
            [new("rebound.invalid", trap.Port), new("127.0.0.1", trap.Port)], (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(responses.Dequeue())])));

        (trap.Connections, responses.Count).Should().Be((1, 0));
    }

    private static Func<NetworkStream, CancellationToken, Task> RedirectOnce(Func<int, string> location)
    {
        var count = 0;
        return (stream, ct) => stream.WriteAsync(Encoding.ASCII.GetBytes(Interlocked.Increment(ref count) == 1
            ? $"HTTP/1.1 302 Found\r\nLocation: {location(((IPEndPoint)stream.Socket.LocalEndPoint!).Port)}\r\nContent-Length: 0\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncontent"), ct).AsTask();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Files of other hosts arrive completely or not at all, and only from allowed hosts.</summary>
[TestFixture]
public sealed partial class RemoteFetchTests
{
    private readonly ConcurrentBag<string> _told = []; // what was logged
    private HurriedTime _time;

    [SetUp]
    public void MakeClock()
    {
        _told.Clear();
        _time = new HurriedTime();
    }

    [Test]
    public async Task A_file_comes_with_what_is_known_of_it()
    {
        using var trap = Trap.Answering(200, "content", "Content-Type: text/plain; charset=utf-8");

        (await FetchAsync(trap, "/a/b.txt?c=d#e")).Should().Be(new Fetched("b.txt", "text/plain; charset=utf-8", 7, "content"));
    }

    [Test]
    public async Task A_file_in_chunks_comes_without_a_length()
    {
        using var trap = Trap.Sending("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"u8.ToArray());

        (await FetchAsync(trap)).Should().Be(new Fetched("file", null, null, "abcd"));
    }

    [Test]
    public async Task A_fetch_sends_no_headers_but_Host_and_Connection()
    {
        using var trap = Trap.Answering(200);
        using var activity = new Activity("some request").Start(); // its name would be propagated

        await FetchAsync(trap, "/file?x=1");

        trap.Requests.Should().Equal($"GET /file?x=1 HTTP/1.1\r\nHost: 127.0.0.1:{trap.Port}\r\nConnection: close\r\n\r\n");
    }

    [TestCase("/file", "file")]
    [TestCase("/", "")]
    [TestCase("", "")]
    [TestCase("/a/", "")]
    [TestCase("/%D0%BE%D1%82%D1%87%D1%91%D1%82.gz", "отчёт.gz")]
    [TestCase("/отчёт.gz", "отчёт.gz")]
    [TestCase("/a%20b+c", "a b+c")]
    [TestCase("/a%2Fb", "a/b", Description = "whoever passes it on takes its last part")]
    [TestCase("/..%2f..%2fetc%2fpasswd", "../../etc/passwd")]
    [TestCase("/a/../b", "b")]
    [TestCase("/a%0d%0ab", "a\r\nb")]
    [TestCase("/a%", "a%")]
    [TestCase("/a?name=b", "a")]
    public void A_file_is_called_as_its_URL_ends(string path, string name) =>
        RemoteFetch.NameOf(new Uri($"http://h{path}")).Should().Be(name);

    [Test]
    public async Task Only_the_address_that_was_judged_is_connected_to()
    {
        using var trap = Trap.Answering(200, "content");
        var lookups = 0;

        var file = await FetchAsync(new Uri($"http://rebound.invalid:{trap.Port}/file"), [new("rebound.invalid", trap.Port), new("127.0.0.1", trap.Port)],
            (_, _) => Task.FromResult<IPAddress[]>([++lookups == 1 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2")]));

        (file.Content, lookups).Should().Be(("content", 1));
        trap.Requests.Should().ContainSingle().Which.Should().Contain($"Host: rebound.invalid:{trap.Port}\r\n");
    }

    [TestCase(404, 404)]
    [TestCase(410, 404)]
    [TestCase(204, 502)]
    [TestCase(206, 502)]
    [TestCase(304, 502)]
    [TestCase(400, 502)]
    [TestCase(401, 502)]
    [TestCase(500, 502)]
    [TestCase(503, 502)]
    public async Task A_response_other_than_200_is_an_error(int status, int expected)
    {
        using var trap = Trap.Answering(status, status is 204 or 304 ? "" : "secret words");

        (await ShouldFailAsync(expected, () => FetchAsync(trap))).Should().NotContain("secret");

        trap.Connections.Should().Be(1);
    }

    [TestCaseSource(typeof(BrokenResponses), nameof(BrokenResponses.All))]
    public async Task A_broken_response_is_a_502(string bytes)
    {
        using var trap = Trap.Sending(Encoding.Latin1.GetBytes(bytes));

        await ShouldFailAsync(502, () => FetchAsync(trap));

        trap.Connections.Should().Be(1);
        _told.Should().ContainSingle().Which.Should().NotMatchRegex(@"\p{C}");
    }

    [Test]
    public async Task Resets_closed_ports_and_names_that_lead_nowhere_are_told_of()
    {
        using var reset = Trap.Resetting();
        var closed = DaemonHome.FreePort();

        await ShouldFailAsync(502, () => FetchAsync(reset));
        (await ShouldFailAsync(502, () => FetchAsync(new Uri($"http://127.0.0.1:{closed}/"), [new("127.0.0.1", closed)]))).Should().NotContain($"{closed}");
        await ShouldFailAsync(502, () => FetchAsync(new Uri("http://no-such-host.invalid/"), [new("no-such-host.invalid", null)]));

        _told.Should().HaveCount(3);
    }

    [Test]
    public async Task A_file_that_does_not_come_in_time_is_a_504()
    {
        Trap[] traps =
        [
            Trap.Hanging(),
            Trap.Repeating("HTTP/1.1 200 OK\r\nX: ", "x", TimeSpan.FromMilliseconds(50)),
            Trap.Repeating("HTTP/1.1 200 OK\r\n\r\n", "x", TimeSpan.FromMilliseconds(50)),
            Trap.Repeating("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", new string('x', 10_000)),
        ];

        foreach (var detail in await Task.WhenAll(traps.Select(trap => ShouldFailAsync(504, () => FetchAsync(trap)))))
            detail.Should().Be("the remote host did not send the whole file within 30 s");

        _time.Timers.Should().Contain(TimeSpan.FromSeconds(30));
        foreach (var trap in traps)
        {
            trap.Connections.Should().Be(1);
            trap.Dispose();
        }
    }

    [Test]
    public async Task A_secret_in_a_query_is_not_logged()
    {
        using var trap = Trap.Answering(500);

        await ShouldFailAsync(502, () => FetchAsync(trap, "/file?signature=secret"));

        _told.Should().ContainSingle().Which.Should().NotContain("secret").And.Contain($"http://127.0.0.1:{trap.Port}/file ");
    }

    private async Task<string> ShouldFailAsync(int? status, Func<Task> fetch)
    {
        var failure = (await fetch.Should().ThrowAsync<ProblemException>()).Which;
        if (failure.InnerException is { } told)
            _told.Add(told.Message);
        var problem = failure.Problem;
        problem.Status.Should().BeOneOf(status is { } one ? [one] : [403, 502]);
        return problem.Detail;
    }

    private Task<Fetched> FetchAsync(Trap trap, string path = "/file", int? other = null) =>
        FetchAsync(new Uri($"http://127.0.0.1:{trap.Port}{path}"), [new("127.0.0.1", trap.Port), new("127.0.0.1", other ?? trap.Port)]);

    private Task<Fetched> FetchAsync(Uri url, RemoteHost[] hosts, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) =>
        new RemoteFetch(new RemoteFetchPolicy(hosts, resolve), new CertificateTrust(null), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), _time)
            .GetAsync(url, async file =>
            {
                using var reader = new StreamReader(file.Content);
                return new Fetched(file.Name, file.ContentType, file.Length, await reader.ReadToEndAsync());
            });

    private sealed record Fetched(string Name, string? ContentType, long? Length, string Content);
}

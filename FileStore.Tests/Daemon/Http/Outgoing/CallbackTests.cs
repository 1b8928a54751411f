using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Callbacks end in bounded time and harm nobody, whatever the peer does.</summary>
[TestFixture, NonParallelizable] // the environment is everybody's
public sealed class CallbackTests
{
    private LoggedLines _log;
    private HurriedTime _time;

    [SetUp]
    public void MakeClock() => (_log, _time) = (new LoggedLines(), new HurriedTime());

    [TestCase(200)]
    [TestCase(201)]
    [TestCase(404)]
    [TestCase(499)]
    public async Task An_answer_is_logged_with_its_status_and_beginning(int status)
    {
        using var trap = Trap.Answering(status, "thank you");

        var outcome = await SendAsync(trap);

        outcome.Should().Be($"callback http://127.0.0.1:{trap.Port}/ping?id=A1 answered {status}: thank you");
        _log.All.Should().Equal($"Information {outcome}");
        trap.Connections.Should().Be(1);
    }

    [Test]
    public async Task It_is_a_GET_and_nothing_else()
    {
        using var trap = Trap.Answering(200);
        using var activity = new Activity("some request").Start(); // its name would be propagated

        await SendAsync(trap);

        trap.Requests.Should().Equal($"GET /ping?id=A1 HTTP/1.1\r\nHost: 127.0.0.1:{trap.Port}\r\nConnection: close\r\n\r\n");
    }

    [Test]
    public async Task An_error_of_the_server_is_tried_three_times_with_growing_pauses()
    {
        using var trap = Trap.Answering(500, "ouch");

        var outcome = await SendAsync(trap);

        outcome.Should().EndWith("failed");
        trap.Connections.Should().Be(3);
        _log.Warnings.Should().HaveCount(3).And.OnlyContain(line => line.EndsWith(" answered 500: ouch"));
        _time.Timers.Should().Contain(TimeSpan.FromSeconds(2)).And.Contain(TimeSpan.FromSeconds(4));
    }

    [Test]
    public async Task A_later_try_may_succeed()
    {
        var count = 0;
        using var trap = new Trap((stream, ct) => stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {(Interlocked.Increment(ref count) < 3 ? 503 : 200)} X\r\nContent-Length: 0\r\n\r\n"), ct).AsTask());

        (await SendAsync(trap)).Should().Contain("answered 200");

        trap.Connections.Should().Be(3);
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task A_redirect_is_an_answer_and_not_followed(int status)
    {
        using var elsewhere = Trap.Answering(200);
        using var trap = Trap.Answering(status, "", $"Location: http://127.0.0.1:{elsewhere.Port}/");

        (await SendAsync(trap)).Should().Contain($"answered {status}");

        (trap.Connections, elsewhere.Connections).Should().Be((1, 0));
    }

    [Test]
    public async Task A_host_that_does_not_respond_is_given_up_after_three_tries()
    {
        Trap[] traps =
        [
            Trap.Hanging(),
            Trap.Repeating("HTTP/1.1 200 OK\r\nX: ", "x", TimeSpan.FromMilliseconds(50)),
            Trap.Repeating("", "HTTP/1.1 100 Continue\r\n\r\n", TimeSpan.FromMilliseconds(1)),
        ];

        await Task.WhenAll(traps.Select(SendAsync));

        foreach (var trap in traps)
        {
            trap.Connections.Should().Be(3);
            _log.Warnings.Where(line => line.Contains($":{trap.Port}/")).Should().HaveCount(3).And.OnlyContain(line => line.EndsWith("failed: no response within 10 s"));
            trap.Dispose();
        }
    }

    [Test]
    public async Task A_response_with_an_endless_body_counts_and_is_cut()
    {
        using var drip = Trap.Repeating("HTTP/1.1 200 OK\r\n\r\n", "x", TimeSpan.FromMilliseconds(50));
        using var flood = Trap.Repeating("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", new string('x', 10_000));

        (await SendAsync(drip)).Should().MatchRegex("answered 200: x+$");
        (await SendAsync(flood)).Should().EndWith($"answered 200: {new string('x', 200)}");

        (drip.Connections, flood.Connections).Should().Be((1, 1));
    }

    [Test]
    public async Task Junk_is_told_of_in_printable_words()
    {
        string[] junk =
        [
            "", "\r\n\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u0015\u0003\u0001\u0000\u0002\u0002F" /* an alert of TLS */, "HTTP/1.1 999999 OK\r\n\r\n",
            "\u001b[31mHTTP\u0007/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\u001b[2Jbad\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u001b\u0085\r\n\r\nx",
        ];
        await Task.WhenAll(junk.Select(async bytes =>
        {
            using var trap = Trap.Sending(Encoding.Latin1.GetBytes(bytes));
            await SendAsync(trap);
            trap.Connections.Should().BeOneOf([1, 3], bytes);
            _log.All.Where(line => line.Contains($":{trap.Port}/")).Should().HaveCount(trap.Connections, bytes);
        }));

        string.Concat(_log.All).Should().NotMatchRegex(@"\p{C}");
    }

    [Test]
    public async Task Resets_endless_heads_and_closed_ports_are_told_of()
    {
        using var reset = Trap.Resetting();
        using var flood = Trap.Repeating("HTTP/1.1 200 OK\r\n", $"X-Field: {new string('x', 1000)}\r\n");
        var closed = DaemonHome.FreePort();

        foreach (var port in (int[])[reset.Port, flood.Port, closed])
            (await SendAsync(port)).Should().EndWith("failed");

        (reset.Connections, flood.Connections).Should().Be((3, 3));
        _log.Warnings.Should().HaveCount(9).And.OnlyContain(line => line.Contains(" failed: ") && !line.Contains("no response"));
    }

    [Test, Category("Long")]
    public async Task A_host_that_accepts_no_connection_is_given_up_after_three_timeouts()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await waiting.ConnectAsync(full.LocalEndPoint!); // the backlog is full, so the kernel ignores further connections (listen(2))
        var target = new CallbackTarget(new Uri($"http://{full.LocalEndPoint}/"), [IPAddress.Loopback]);
        var started = Stopwatch.GetTimestamp();

        await new Callback(_log.Logger, TimeProvider.System).SendAsync(target, CancellationToken.None);

        Stopwatch.GetElapsedTime(started).TotalSeconds.Should().BeInRange(18, 30, "of three tries and the pauses between them");
        _log.Warnings.Should().HaveCount(3).And.OnlyContain(line => !line.Contains("no response"));
    }

    [Test]
    public async Task A_response_is_logged_as_one_line_of_printable_text()
    {
        using var trap = Trap.Answering(200, " a\r\n2026-01-01 INFO forged\u001b[31m \u0085\u2028 отчёт 😀 \u202etxt.exe\0 ");

        (await SendAsync(trap)).Should().NotMatchRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]").And.Contain("forged").And.Contain("отчёт 😀");
    }

    [Test]
    public async Task Only_an_address_that_was_checked_is_connected_to()
    {
        using var trap = Trap.Answering(200);
        var target = new CallbackTarget(new Uri($"http://rebound.invalid:{trap.Port}/"), [IPAddress.Loopback]);

        await new Callback(_log.Logger, _time).SendAsync(target, CancellationToken.None);

        trap.Requests.Should().ContainSingle().Which.Should().Contain($"Host: rebound.invalid:{trap.Port}\r\n");
    }

    [Test]
    public async Task A_proxy_of_the_environment_is_passed_by()
    {
        using var proxy = Trap.Answering(200);
        using var trap = Trap.Answering(200);
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            await SendAsync(trap);
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", null);
        }

        (trap.Connections, proxy.Connections).Should().Be((1, 0));
    }

    [Test]
    public async Task An_access_token_in_its_path_is_not_logged()
    {
        using var trap = Trap.Answering(404);
        var token = TokenHome.Guess();

        await SendAsync(trap.Port, $"/ping?token={token}");

        trap.Requests.Should().ContainSingle().Which.Should().Contain(token);
        _log.All.Should().ContainSingle().Which.Should().NotContain(token).And.Contain("/ping?token=fst_***");
    }

    private Task<string> SendAsync(Trap trap) => SendAsync(trap.Port);

    private Task<string> SendAsync(int port, string path = "/ping?id=A1") =>
        new Callback(_log.Logger, _time).SendAsync(new CallbackTarget(new Uri($"http://127.0.0.1:{port}{path}"), [IPAddress.Loopback]), CancellationToken.None);
}

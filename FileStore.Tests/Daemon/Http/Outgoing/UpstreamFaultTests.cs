using System.Net;
using System.Net.Sockets;
using System.Text;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Support;
using FluentAssertions;
using Serilog.Core;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Whatever an upstream does, there is a response in bounded time, and nothing is posted twice.</summary>
[TestFixture]
public sealed class UpstreamFaultTests
{
    // More than the kernel buffers for a connection on both sides.
    private const int Large = 48 << 20;

    private static readonly byte[] Much = new byte[Large];

    private string _told = ""; // what was logged
    private HurriedTime _time;

    [SetUp]
    public void MakeClock() => _time = new HurriedTime();

    [TestCaseSource(typeof(BrokenResponses), nameof(BrokenResponses.All))]
    public async Task A_broken_response_is_a_502_and_nothing_is_posted_twice(string bytes)
    {
        using var trap = Posting.Taking([], bytes);

        await ShouldFailAsync(502, trap);

        trap.Connections.Should().Be(1);
        _told.Should().Contain($"a.gz could not be relayed: http://127.0.0.1:{trap.Port} ").And.NotMatchRegex(@"\p{C}");
    }

    [Test]
    public async Task Nor_where_the_connection_is_reset()
    {
        using var atOnce = Trap.Resetting();
        using var later = new Trap(async (stream, ct) =>
        {
            await Posting.ReadFormAsync(stream, ct);
            stream.Socket.Reset();
        });

        (await ShouldFailAsync(502, atOnce, Much)).Should().Be("the upstream closed the connection before the response was complete");
        await ShouldFailAsync(502, later);

        (atOnce.Connections, later.Connections).Should().Be((1, 1));
    }

    [Test]
    public async Task Nor_where_it_hangs_up_in_the_middle()
    {
        using var trap = new Trap(async (stream, ct) => await stream.ReadExactlyAsync(new byte[100_000], ct));

        await ShouldFailAsync(502, trap, Much);

        trap.Connections.Should().Be(1);
    }

    [Test]
    public async Task An_upstream_that_takes_too_long_is_a_504()
    {
        Trap[] traps =
        [
            Trap.Hanging(),
            new(async (stream, ct) =>
            {
                await Posting.ReadFormAsync(stream, ct);
                await Task.Delay(Timeout.Infinite, ct);
            }),
            Trap.Repeating("HTTP/1.1 200 OK\r\nX: ", "x", TimeSpan.FromMilliseconds(50)),
            Trap.Repeating("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", new string('x', 1000), TimeSpan.FromMilliseconds(10)),
        ];

        foreach (var detail in await Task.WhenAll(traps.Select(trap => ShouldFailAsync(504, trap, new byte[1000], TimeSpan.FromSeconds(20)))))
            detail.Should().Be("the upstream did not respond within 20 s");
        (await ShouldFailAsync(504, traps[0], Much, TimeSpan.FromSeconds(20))).Should().Be("the upstream did not respond within 20 s", "also while it is sent to");

        _time.Timers.Should().Contain(TimeSpan.FromSeconds(20));
        traps.Sum(trap => trap.Connections).Should().Be(5);
        foreach (var trap in traps)
            trap.Dispose();
    }

    [TestCase(413, "stays open")]
    [TestCase(413, "closes")]
    [TestCase(413, "resets")]
    [TestCase(401, "stays open")]
    [TestCase(507, "stays open")]
    public async Task An_early_refusal_ends_the_sending_and_is_the_answer(int status, string afterwards)
    {
        using var trap = new Trap(async (stream, ct) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: 9\r\n\r\ntoo large"), ct);
            if (afterwards == "stays open")
                await Task.Delay(Timeout.Infinite, ct);
            if (afterwards == "resets")
                stream.Socket.Reset();
        });
        var content = new HeldContent(Much);

        (await Upstream(trap.Port).PostAsync(Posting.File(content))).Should().Be(new Answered(status, null, "too large"));

        content.Read.Should().BeLessThan(Large, "nobody wants the rest");
        trap.Connections.Should().Be(1);
    }

    [Test]
    public async Task So_is_one_that_comes_in_pieces_in_the_middle()
    {
        using var trap = new Trap(async (stream, ct) =>
        {
            await stream.ReadExactlyAsync(new byte[1_000_000], ct);
            foreach (var piece in (string[])["HT", "TP/1.1 4", "13 X\r\nContent-Le", "ngth: 9\r\n\r\ntoo", " large"])
                await stream.WriteAsync(Encoding.ASCII.GetBytes(piece), ct);
            await Task.Delay(Timeout.Infinite, ct);
        });

        (await Upstream(trap.Port).PostAsync(Posting.File(new HeldContent(Much)))).Should().Be(new Answered(413, null, "too large"));
    }

    [Test]
    public async Task An_early_refusal_may_be_long()
    {
        var words = new string('x', 300_000);
        using var trap = new Trap(async (stream, ct) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 413 X\r\nContent-Length: {words.Length}\r\n\r\n{words}"), ct);
            await Task.Delay(Timeout.Infinite, ct);
        });

        (await Upstream(trap.Port).PostAsync(Posting.File(new HeldContent(Much)))).Text.Should().Be(words);
    }

    [Test]
    public async Task A_good_response_counts_although_the_upstream_hangs_up_after_it()
    {
        using var trap = Trap.Answering(200, "done");

        (await Upstream(trap.Port).PostAsync(Posting.File(new HeldContent(Much)))).Should().Be(new Answered(200, null, "done"));

        trap.Connections.Should().Be(1);
    }

    [Test]
    public async Task A_file_that_cannot_be_read_is_our_fault_and_not_posted_whole()
    {
        var form = new TaskCompletionSource<string>();
        using var trap = new Trap(async (stream, ct) => form.SetResult(await Posting.ReadFormAsync(stream, ct)));
        var posting = () => Upstream(trap.Port).PostAsync(Posting.File(new HeldContent(new byte[1000], failsAt: 500)));

        await posting.Should().ThrowAsync<Exception>();

        (await form.Task).Should().NotEndWith("--\r\n");
        trap.Connections.Should().Be(1);
    }

    [Test]
    public async Task An_upstream_that_does_not_listen_is_tried_three_times_with_growing_pauses()
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // but does not listen

        (await ShouldFailAsync(502, ((IPEndPoint)nobody.LocalEndPoint!).Port)).Should().Be("the upstream cannot be reached");

        _time.Timers.Should().ContainInOrder(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
    }

    [Test]
    public async Task A_later_try_may_succeed()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var served = new TaskCompletionSource<Task<string>>();
        var time = new WatchedTime(due =>
        {
            if (due != TimeSpan.FromSeconds(0.5))
                return;
            socket.Listen();
            served.SetResult(ServeAsync(socket));
        });

        var answer = await Upstream(((IPEndPoint)socket.LocalEndPoint!).Port, time: time).PostAsync(Posting.File(new HeldContent(Bytes.Of("content"))));

        answer.Should().Be(new Answered(200, null, "done"));
        (await await served.Task).Should().Contain("content");
    }

    [Test]
    public async Task A_name_that_leads_nowhere_is_told_of()
    {
        var upstream = new Upstream(new UpstreamOptions { Url = new Uri("http://no-such-host.invalid/") }, new CertificateTrust(null), _time, Logger.None);

        (await upstream.Awaiting(u => u.PostAsync(Posting.File(new HeldContent([1])))).Should().ThrowAsync<ProblemException>()).Which.Problem.Status.Should().Be(502);
    }

    private static async Task<string> ServeAsync(Socket listening)
    {
        using var socket = await listening.AcceptAsync();
        await using var stream = new NetworkStream(socket);
        var form = await Posting.ReadFormAsync(stream, CancellationToken.None);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Posting.Done));
        return form;
    }

    private Task<string> ShouldFailAsync(int status, Trap trap, byte[]? content = null, TimeSpan? timeout = null) => ShouldFailAsync(status, trap.Port, content, timeout);

    private async Task<string> ShouldFailAsync(int status, int port, byte[]? content = null, TimeSpan? timeout = null)
    {
        var posting = () => Upstream(port, timeout).PostAsync(Posting.File(new HeldContent(content ?? [1])));
        var failure = (await posting.Should().ThrowAsync<ProblemException>()).Which;
        _told = failure.InnerException!.Message;
        failure.Problem.Status.Should().Be(status);
        return failure.Problem.Detail;
    }

    private Upstream Upstream(int port, TimeSpan? timeout = null, TimeProvider? time = null) => new(
        new UpstreamOptions { Url = new Uri($"http://127.0.0.1:{port}/in"), Timeout = timeout ?? TimeSpan.FromMinutes(20) },
        new CertificateTrust(null), time ?? _time, Logger.None);

    /// <summary>A clock that reports each timer and shortens it.</summary>
    private sealed class WatchedTime(Action<TimeSpan> onTimer) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            onTimer(dueTime);
            return System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 20 : dueTime, period);
        }
    }
}

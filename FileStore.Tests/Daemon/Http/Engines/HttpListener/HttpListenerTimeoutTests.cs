using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines.HttpListener;

/// <summary>The HttpListener engine's timeouts for requests. (Kestrel's own timeouts use the system clock.)</summary>
[TestFixture]
public sealed class HttpListenerTimeoutTests() : TimedFixture("httplistener")
{
    [TestCase("GET /healthz HTTP/1.1\r\nX: ", "x")]
    [TestCase("GET /healthz HT", "")]
    public async Task A_head_that_dribbles_or_stops_is_answered_408_after_10_seconds(string start, string everySecond)
    {
        using var socket = await ConnectAsync();
        using var stream = await Daemon.OpenAsync(socket);
        await SendAsync(stream, start);
        (await SecondsAsync(() => socket.Available > 0 || !TrySend(stream, everySecond))).Should().BeInRange(9, 12);
        socket.ReadAnswer().ShouldBeProblem(408);
    }

    [TestCase("", 60)]
    [TestCase("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 12)]
    public async Task A_connection_without_a_request_is_ended(string before, int after)
    {
        using var socket = await ConnectAsync();
        socket.SendText(before);
        if (before.Length > 0)
            socket.ReadAnswer()!.Status.Should().Be(200);
        (await SecondsAsync(() => !IsEstablished(socket))).Should().BeInRange(after - 1, after + 2);
    }
}

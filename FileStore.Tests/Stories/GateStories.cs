using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary><c>--listen</c>: how many requests are handled at the same time.</summary>
[NonParallelizable]
public sealed class GateStories(string engine) : DaemonFixture(engine, "--listen", "2")
{
    private const string Ask = "GET /files?limit=1 HTTP/1.1\r\nHost: h\r\n\r\n";

    [Test]
    public async Task One_more_than_the_limit_is_told_to_come_back_and_then_served()
    {
        using var first = await BeginUploadAsync(1);
        using var second = await BeginUploadAsync(2);

        Daemon.Ask(Ask).ShouldBeProblem(503);
        Daemon.Ask(Ask).ShouldBeProblem(503);
        Daemon.Ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")!.Status.Should().Be(200, "busy is not broken");

        first.SendText("hello");
        first.ReadAnswer()!.Status.Should().Be(200);
        (await ServesAgainAsync()).Should().BeTrue();
        second.SendText("hello");
        second.ReadAnswer()!.Status.Should().Be(200);
    }

    [Test]
    public async Task Those_that_were_refused_do_not_keep_others_out()
    {
        using var first = await BeginUploadAsync(1);
        using var second = await BeginUploadAsync(2);
        var refused = new List<Socket>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                refused.Add(Daemon.Connect());
                refused[^1].SendText("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
                refused[^1].ReadAnswer().ShouldBeProblem(503); // and does not leave
            }

            first.SendText("hello");
            first.ReadAnswer()!.Status.Should().Be(200);

            // The refused linger for two seconds each; that is no reason to refuse anybody else.
            (await ServesAgainAsync(seconds: 1)).Should().BeTrue();
        }
        finally
        {
            refused.ForEach(socket => socket.Dispose());
        }

        second.SendText("hello");
        second.ReadAnswer()!.Status.Should().Be(200);
    }

    /// <summary>An upload that is being handled, and lacks its last five bytes.</summary>
    private async Task<Socket> BeginUploadAsync(int running)
    {
        while (true)
        {
            var socket = Daemon.Connect();
            socket.SendText("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
            (await Eventually.HoldsAsync(() => socket.Available > 0 || Store.Incoming.Length >= running)).Should().BeTrue();
            if (socket.Available == 0)
                return socket;
            socket.Dispose(); // a request before it had been answered, but not ended
        }
    }

    private Task<bool> ServesAgainAsync(double seconds = 10) => Eventually.HoldsAsync(() => Daemon.Ask(Ask)?.Status == 200, seconds);
}

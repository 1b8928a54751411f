using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Heads that never come to an end, on Kestrel, whose own timeout goes by the system's clock.</summary>
[TestFixture, Order(1)]
public sealed class SlowHeadStories() : DaemonFixture("kestrel")
{
    [Test]
    public async Task A_head_that_dribbles_or_stops_is_answered_408_and_cut() =>
        (await Task.WhenAll(Task.Run(() => Ask("GET /healthz HTTP/1.1\r\nX: ", "x")), Task.Run(() => Ask("GET /healthz HT", ""))))
            .Should().AllSatisfy(answer => answer.ShouldBeProblem(408));

    private RawAnswer? Ask(string start, string piece)
    {
        using var socket = Daemon.Connect();
        socket.SendText(start);
        for (var i = 0; i < 250 && socket.Available == 0; i++)
        {
            try
            {
                socket.SendText(piece);
            }
            catch (SocketException)
            {
                break; // the answer is there, and the connection is cut
            }

            Thread.Sleep(100);
        }

        return socket.ReadAnswer();
    }
}

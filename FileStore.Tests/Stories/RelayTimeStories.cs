using System.Net;
using System.Net.Sockets;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>An upstream that is down, and one that takes the connection and nothing else.</summary>
[EngineNeutral]
public sealed class RelayTimeStories(string engine) : DaemonFixture(engine, "--durability", "none")
{
    private (Socket Upstream, Trap Remote) _others;

    protected override void Prepare(string home)
    {
        _others = (new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), Trap.Hanging());
        _others.Upstream.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and does not listen yet
        File.WriteAllText(Path.Join(home, "filestore.json"),
            $$"""{ "relay": { "upstream": "http://{{_others.Upstream.LocalEndPoint}}/in", "timeout": 5, "hosts": ["127.0.0.1:{{_others.Remote.Port}}"] } }""");
    }

    [OneTimeTearDown]
    public void Close()
    {
        _others.Upstream.Dispose();
        _others.Remote.Dispose();
    }

    [Test]
    public async Task A_relay_ends_with_an_error_if_the_other_end_is_down_or_silent()
    {
        using (var down = await PostAsync())
            (await (await down.ShouldBeProblemAsync(502)).TextAsync()).Should().Contain("the upstream cannot be reached");

        _others.Upstream.Listen(); // and nobody accepts
        var answers = await Task.WhenAll(PostAsync(),
            Client.PostAsync("/upload2", new StringContent($$"""{"somefile":"http://127.0.0.1:{{_others.Remote.Port}}/a"}""", null, "application/json")));

        (await (await answers[0].ShouldBeProblemAsync(504)).TextAsync()).Should().Contain("the upstream did not respond within 5 s");
        (await (await answers[1].ShouldBeProblemAsync(504)).TextAsync()).Should().Contain("the remote host did not send the whole file within 5 s");
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        Store.Blobs.Should().ContainSingle("a simple relay keeps what it could not pass on");
        foreach (var answer in answers)
            answer.Dispose();
    }

    private Task<HttpResponseMessage> PostAsync() =>
        Client.PostAsync("/upload1", new MultipartFormDataContent { { new ByteArrayContent([1]), "somefile", "a.gz" } });
}

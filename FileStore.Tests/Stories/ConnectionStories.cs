using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[Category("Quick")]
public sealed class ConnectionStories(string engine) : DaemonFixture(engine)
{
    private const string Ok = """{"status":"ok"}""";

    [TestCase("filestore")]
    [TestCase("files.example.com:9000")]
    [TestCase("127.0.0.1")]
    [TestCase("[::1]")]
    [TestCase("[2001:db8::1]:80")]
    [TestCase("xn--e1afmkfd.xn--p1ai")]
    [TestCase("")] // RFC 9110, 7.2: a target without authority
    public void Any_host_is_served(string host) =>
        Daemon.Ask($"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n")!.Text.Should().Be(Ok);

    [TestCase("http://anything.example/healthz")]
    [TestCase("http://[::1]:5/healthz")]
    [TestCase("https://h:443/healthz?x=y")]
    public void A_target_in_absolute_form_is_served(string target) =>
        Daemon.Ask($"GET {target} HTTP/1.1\r\nHost: other\r\n\r\n")!.Text.Should().Be(Ok);

    [Test]
    public void Absolute_form_without_a_path_is_the_root()
    {
        Daemon.Ask("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").ShouldBeProblem(400).Text.Should().Contain("file_hash");
        Daemon.Ask("GET http://h?file_hash=abc HTTP/1.1\r\nHost: h\r\n\r\n").ShouldBeProblem(400);
    }

    [Test]
    public void Http_1_0_is_served_and_ended()
    {
        using var socket = Daemon.Connect();
        socket.SendText("GET /healthz HTTP/1.0\r\n\r\n");

        socket.ReadAnswer()!.Text.Should().Be(Ok);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [Test]
    public void Http_1_0_may_ask_to_go_on()
    {
        using var socket = Daemon.Connect();
        for (var i = 0; i < 3; i++)
        {
            socket.SendText("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            socket.ReadAnswer()!.Text.Should().Be(Ok);
        }
    }

    [Test]
    public void A_connection_serves_as_many_requests_as_its_client_has()
    {
        using var socket = Daemon.Connect();
        for (var i = 0; i < 300; i++)
        {
            socket.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
            var answer = socket.ReadAnswer();
            answer!.Text.Should().Be(Ok);
            answer.Field("Connection").Should().BeNull();
        }
    }

    [Test]
    public async Task Of_many_connections_at_once_each_gets_its_own_answers()
    {
        var bodies = Enumerable.Range(100, 64).Select(i => $"of connection {i}").ToList();
        var hashes = new List<string>();
        foreach (var body in bodies)
            hashes.Add(await StoreAsync(Bytes.Of(body)));

        await Task.WhenAll(hashes.Zip(bodies, (hash, body) => Task.Factory.StartNew(() =>
        {
            using var socket = Daemon.Connect();
            socket.ReceiveTimeout = 20_000;
            var request = Bytes.Of($"GET /files/{hash} HTTP/1.1\r\nHost: h\r\n\r\n");
            var answer = new byte[2000];
            for (var i = 0; i < 1000; i++)
            {
                socket.SendAll(request);
                var count = 0;
                while (!answer.AsSpan(0, count).EndsWith(Bytes.Of(body)))
                    count += socket.Receive(answer.AsSpan(count)) is > 0 and var more ? more : throw new IOException("the connection has ended");
            }
        }, TaskCreationOptions.LongRunning)));

        Daemon.Ask($"GET /files/{hashes[0]} HTTP/1.1\r\nHost: h\r\n\r\n")!.Text.Should().Be(bodies[0]);
    }

    [TestCase("close")]
    [TestCase("Close")]
    [TestCase("keep-alive, close")]
    public void A_client_that_wants_to_end_is_let_go(string connection)
    {
        using var socket = Daemon.Connect();
        socket.SendText($"GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: {connection}\r\n\r\n");

        var answer = socket.ReadAnswer()!;

        answer.Text.Should().Be(Ok);
        answer.Field("Connection").Should().BeEquivalentTo("close");
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [Test]
    public async Task A_client_library_never_notices_the_end_of_a_connection()
    {
        for (var i = 0; i < 250; i++)
            (await Client.GetStringAsync("/healthz")).Should().Be(Ok);
    }

    [Test]
    public async Task A_body_where_none_is_wanted_does_not_become_a_request()
    {
        var hash = await StoreAsync([7]);
        var smuggled = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
        using var socket = Daemon.Connect();
        socket.SendText($"GET /files/{hash} HTTP/1.1\r\nHost: h\r\nContent-Length: {smuggled.Length}\r\n\r\n{smuggled}");

        socket.ReadAnswer()!.Body.Should().Equal([7]);
        socket.ReadAnswer(timeoutSeconds: 8).Should().BeNull("the connection ends, since the body was not read");
    }

    [Test]
    public async Task A_head_may_come_byte_by_byte()
    {
        using var socket = Daemon.Connect();
        foreach (var c in "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
        {
            socket.SendText(c.ToString());
            await Task.Yield();
        }

        socket.ReadAnswer()!.Text.Should().Be(Sample.Of("hi").Hash);
    }

    [Test]
    public void Heads_of_every_size_up_to_the_limit_are_read()
    {
        for (var size = 100; size < 32_000; size += 1997)
        {
            var fields = string.Concat(Enumerable.Range(0, 50).Select(i => $"X-{i:0000}: {new string('v', Math.Max(0, (size / 50) - 10))}\r\n"));
            using var socket = Daemon.Connect();
            socket.SendText($"GET /healthz HTTP/1.1\r\nHost: h\r\n{fields}\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
            socket.ReadAnswer()!.Text.Should().Be(Ok, "{0}", size);
            socket.ReadAnswer()!.Text.Should().Be(Ok);
        }
    }

    [TestCase(8_000)] // RFC 9112, 3: what everybody should take
    [TestCase(15_000)]
    public void A_long_target_is_served(int length) =>
        Daemon.Ask($"GET /healthz?{new string('x', length)} HTTP/1.1\r\nHost: h\r\n\r\n")!.Text.Should().Be(Ok);
}

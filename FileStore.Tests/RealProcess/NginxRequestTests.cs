using System.Net.Sockets;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What the shipped nginx site lets through to the daemon, and what it does not.</summary>
[TestFixture]
public sealed class NginxRequestTests
{
    private HeadRecorder _daemon;
    private NginxServer _nginx;

    [SetUp]
    public void StartNginx()
    {
        _daemon = new HeadRecorder();
        _nginx = NginxServer.Start(_daemon.Port);
    }

    [TearDown]
    public void StopNginx()
    {
        _nginx.Dispose();
        _daemon.Dispose();
    }

    [Test]
    public void The_site_is_in_order()
    {
        var check = _nginx.Check();

        check.ExitCode.Should().Be(0, check.Error);
    }

    [TestCase("1.1")]
    [TestCase("2.0")]
    public async Task Forwarding_headers_of_a_client_are_replaced(string version)
    {
        using var client = _nginx.NewClient(version);

        using var answer = await client.SendAsync("GET", "/", null, ("X-Forwarded-For", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2"),
            ("X-Forwarded-Proto", "gopher"), ("Forwarded", "for=192.0.2.3"), ("Authorization", "Bearer t"));

        answer.Status().Should().Be(200);
        var fields = _daemon.Heads.Should().ContainSingle().Which.Split('\n').Skip(1);
        fields.Where(line => line.Contains("orwarded", StringComparison.Ordinal)).Should().AllSatisfy(line => line.Should().NotContain("192.0.2"));
        fields.Should().ContainSingle(line => line == "X-Forwarded-For: 127.0.0.1" || line == "X-Forwarded-For: ::1");
        fields.Should().ContainSingle(line => line == "X-Forwarded-Proto: https");
        fields.Should().ContainSingle(line => line == $"Host: localhost:{_nginx.TlsPort}");
        fields.Should().ContainSingle(line => line == "Authorization: Bearer t");
    }

    [TestCase("/files/a%2Fb")]
    [TestCase("//")]
    [TestCase("//files///x//")]
    [TestCase("//stop")]
    [TestCase("/files/..%2fx")]
    [TestCase("/files/%2e%2E/x/../y/./z")]
    [TestCase("/%D1%84%d0%b0?name=%D1%84+a%20b&x=/../&y=%2F")]
    [TestCase("/файл?имя=файл")]
    [TestCase("/%25%32%46~!$&'()*+,;=:@")]
    [TestCase("/?")]
    public void A_target_goes_through_unchanged(string target)
    {
        target = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(target));

        Ask($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").Should().StartWith("HTTP/1.1 200 ");

        _daemon.Heads.Should().ContainSingle().Which.Should().StartWith($"GET {target} HTTP/1.1\n");
    }

    [Test]
    public void A_target_as_long_as_the_daemon_takes_goes_through()
    {
        var target = "/" + new string('x', (16 << 10) - "GET / HTTP/1.1\r\n".Length);

        Ask($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").Should().StartWith("HTTP/1.1 200 ");
    }

    [TestCase("GET /stop")]
    [TestCase("POST /stop?x=/")]
    [TestCase("GET /%73top")]
    [TestCase("GET /x/../stop")]
    [TestCase("GET https://localhost/stop")]
    public void A_client_cannot_stop_the_daemon_through_nginx(string line)
    {
        Ask($"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").Should().StartWith("HTTP/1.1 403 ");

        _daemon.Connections.Should().Be(0);
    }

    [TestCase("GET /..%2fetc/passwd")]
    [TestCase("GET /a/%2e%2e/../etc/passwd")]
    [TestCase("GET /%00")]
    public void A_target_above_the_root_or_with_a_null_byte_is_a_400(string line)
    {
        Ask($"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").Should().StartWith("HTTP/1.1 400 ");

        _daemon.Connections.Should().Be(0);
    }

    [TestCase("GET")]
    [TestCase("POST")]
    public async Task The_plain_port_sends_to_the_other(string method)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

        using var answer = await client.SendAsync(method, $"http://localhost:{_nginx.PlainPort}/files/a%2fb?x=y%20z", null, ("Host", "evil.example"));

        answer.Status().Should().Be(308);
        answer.Field("Location").Should().Be("https://localhost/files/a%2fb?x=y%20z");
        _daemon.Connections.Should().Be(0);
    }

    [Test]
    public async Task Connections_to_the_daemon_are_kept()
    {
        using var client = _nginx.NewClient("2.0");

        for (var i = 0; i < 150; i++)
            (await client.GetStringAsync("/")).Should().Be("ok");

        _daemon.Connections.Should().Be(1);
        _daemon.Heads.Should().AllSatisfy(head => head.Should().NotContain("Connection:"));
    }

    [TestCase("GET")]
    [TestCase("DELETE")]
    [TestCase("POST")]
    public async Task The_daemon_is_never_asked_twice(string method)
    {
        using var client = _nginx.NewClient("1.1");
        (await client.GetStringAsync("/")).Should().Be("ok");
        _daemon.HangsUp = true; // on a connection that has served already, which is when nginx would try again

        using var answer = await client.SendAsync(method, "/delete");

        answer.Status().Should().Be(502);
        _daemon.Heads.Should().HaveCount(2);
    }

    [Test]
    public async Task A_head_that_does_not_end_never_reaches_the_daemon()
    {
        using var plain = NginxServer.ConnectTo(_nginx.PlainPort);
        using var withoutHandshake = NginxServer.ConnectTo(_nginx.TlsPort);
        using var silent = _nginx.Connect();
        using var dribbling = _nginx.Connect();
        plain.SendText("GET / HT");

        var ends = await Task.WhenAll(
            Task.Run(() => plain.IsClosedWithin(15)),
            Task.Run(() => withoutHandshake.IsClosedWithin(15)),
            EndsWithinAsync(silent, 15),
            EndsWithinAsync(dribbling, 15, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: x"));

        ends.Should().Equal([true, true, true, true]);
        _daemon.Connections.Should().Be(0);
    }

    private static async Task<bool> EndsWithinAsync(Stream stream, int seconds, string start = "")
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(start));
        var end = stream.ReadAtLeastAsync(new byte[4096], 4096, throwOnEndOfStream: false).AsTask();
        for (var i = 0; i < seconds && !end.IsCompleted; i++)
        {
            if (start.Length > 0)
                await stream.WriteAsync("x"u8.ToArray());
            await Task.WhenAny(end, Task.Delay(1000));
        }

        return end.IsCompleted;
    }

    /// <summary>The answer, on a connection of its own that ends with it.</summary>
    private string Ask(string request)
    {
        using var connection = _nginx.Connect();
        connection.Write(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(connection, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}

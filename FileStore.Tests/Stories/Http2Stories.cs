using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Requests of HTTP/2 that are none. Their frames are written by hand, as no client library would send them.</summary>
[TestFixture]
public sealed class Http2Stories() : DaemonFixture("httplistener", "--tls", "adhoc", "--tls-port", "0")
{
    private static IEnumerable<TestCaseData> Heads()
    {
        static TestCaseData Case(string name, params (string, string)[] fields) => new(fields) { TestName = $"A_malformed_head_is_refused_and_nobody_is_hurt({name})" };
        yield return Case("no path", (":method", "GET"), (":scheme", "https"), (":authority", "h"));
        yield return Case("empty path", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", ""));
        yield return Case("relative path", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "healthz"));
        yield return Case("control character in the path", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/heal\u001bthz"));
        yield return Case("line break in the path", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz\r\nX: y"));
        yield return Case("space in the path", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/heal thz"));
        yield return Case("asterisk for GET", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "*"));
        yield return Case("CONNECT", (":method", "CONNECT"), (":authority", "h:443"));
        yield return Case("space in the method", (":method", "GE T"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"));
        yield return Case("line break in a field", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("x", "a\r\nb: c"));
        yield return Case("escape in a field", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("x", "\u001b[31m"));
        yield return Case("control character in a name", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("x\u0001a", "b"));
        yield return Case("upper-case name", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("X-Upper", "y"));
        yield return Case("transfer-encoding", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("transfer-encoding", "chunked"));
        yield return Case("connection", (":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("connection", "close"));
        yield return Case("a length without a body", (":method", "POST"), (":scheme", "https"), (":authority", "h"), (":path", "/"), ("content-length", "5"));
        yield return Case("a strange length", (":method", "POST"), (":scheme", "https"), (":authority", "h"), (":path", "/"), ("content-length", "+0"));
        yield return Case("a user in the authority", (":method", "GET"), (":scheme", "https"), (":authority", "a@h"), (":path", "/healthz"));
    }

    [TestCaseSource(nameof(Heads))]
    public async Task A_malformed_head_is_refused_and_nobody_is_hurt((string, string)[] fields)
    {
        using var connection = Http2Connection.Open(Daemon);

        var answer = connection.Ask(fields);

        (answer is null || (answer[0] == '4' && answer != "404") || answer == "501").Should().BeTrue($"refused or cut, not {answer}");
        using var client = Daemon.NewSecureClient(HttpVersion.Version20);
        using var health = await client.GetAsync("/healthz");
        health.Status().Should().Be(200);
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    [Test]
    public void One_that_is_well_formed_is_answered()
    {
        using var connection = Http2Connection.Open(Daemon);

        connection.Ask([(":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz")]).Should().Be("200");
        connection.Ask([(":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/nowhere")]).Should().Be("404");
    }

    [TestCase("x-forwarded-for", "192.0.2.1", "403")]
    [TestCase("forwarded", "for=192.0.2.1", "403")]
    [TestCase("x-real-ip", "192.0.2.1", "403")]
    [TestCase("user-agent", "node", "403")]
    [TestCase("via", "2.0 proxy", "200")]
    public void A_page_under_a_name_that_was_pointed_here_does_not_pass_for_a_proxy(string name, string value, string status)
    {
        using var connection = Http2Connection.Open(Daemon);

        connection.Ask([(":method", "GET"), (":scheme", "https"), (":authority", "evil.example"), (":path", "/healthz"), ("accept-language", "en"), (name, value)]).Should().Be(status);
    }

    [Test]
    public void One_that_is_not_ends_its_stream_and_no_other()
    {
        using var connection = Http2Connection.Open(Daemon);

        connection.Ask([(":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz"), ("x", "\u001b[31m")]).Should().Be("400");
        connection.Ask([(":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz")]).Should().Be("200");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public async Task An_empty_upload_is_treated_alike_with_any_number_of_empty_frames(int emptyFrames)
    {
        var empty = Sample.Of("").Hash;
        using var connection = Http2Connection.Open(Daemon);
        string? Ask(string method, string path, params (string, string)[] more) =>
            connection.Ask([(":method", method), (":scheme", "https"), (":authority", "h"), (":path", path), .. more], emptyFrames);
        await Client.DeleteAsync($"/files/{empty}");

        for (var i = 0; i < 5; i++)
        {
            Ask("POST", "/").Should().Be("400");
            Ask("POST", "/", ("content-length", "0")).Should().Be("400");
        }

        Store.Has(empty).Should().BeFalse();
        Ask("POST", "/files").Should().Be("201");
        Ask("POST", "/files", ("content-length", "0")).Should().Be("200");
        Ask("PUT", $"/files/{empty}").Should().Be("200");
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_flood_of_streams_that_are_reset_at_once_is_survived()
    {
        using (var connection = Http2Connection.Open(Daemon))
            connection.OpenAndReset(10_000);

        using var client = Daemon.NewSecureClient(HttpVersion.Version20);
        using var health = await client.GetAsync("/healthz");
        health.Status().Should().Be(200);
        Daemon.LogText.Should().NotContain(" ERROR ");
    }
}

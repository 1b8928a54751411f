using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Outgoing;

/// <summary>Requests to a well-behaved upstream and their responses.</summary>
[TestFixture, NonParallelizable] // the environment is everybody's
public sealed partial class UpstreamTests
{
    private LoggedLines _log;
    private List<string> _forms;

    [SetUp]
    public void MakeLog() => (_log, _forms) = (new LoggedLines(), []);

    [Test]
    public async Task The_request_is_a_form_and_nothing_else()
    {
        using var trap = Posting.Taking(_forms);
        using var activity = new Activity("some request").Start(); // its name would be propagated
        FormField[] others = [new("comment", null, "a\r\nb"u8.ToArray()), new("я\"", "text/x", Bytes.Of("ъ"))];

        var response = await Upstream(trap, "/in?key=1", ("Authorization", "Bearer fst"), ("X-Many", "a, b"))
            .PostAsync(Posting.File(new HeldContent(Bytes.Of("content")), others: others));

        response.Should().Be(new Answered(200, null, "done"));
        var boundary = Boundary().Match(trap.Requests.Single()).Value;
        var form = Latin1($"""
            --{boundary}
            Content-Disposition: form-data; name="comment"

            a
            b
            --{boundary}
            Content-Disposition: form-data; name="я%22"
            Content-Type: text/x

            ъ
            --{boundary}
            Content-Disposition: form-data; name="somefile"; filename="a.gz"
            Content-Type: application/gzip

            content
            --{boundary}--

            """);
        _forms.Should().Equal(form);
        trap.Requests.Should().Equal(Latin1($"""
            POST /in?key=1 HTTP/1.1
            Host: 127.0.0.1:{trap.Port}
            Connection: close
            Authorization: Bearer fst
            X-Many: a, b
            Content-Type: multipart/form-data; boundary="{boundary}"
            Content-Length: {form.Length}


            """));
    }

    [TestCase("a b+c.tar.gz", "filename=\"a b+c.tar.gz\"")]
    [TestCase("", "filename=\"\"")]
    [TestCase("a;b=c,d.gz", "filename=\"a;b=c,d.gz\"")]
    [TestCase("отчёт.gz", "filename=\"отчёт.gz\"")]
    [TestCase("😀", "filename=\"😀\"")]
    [TestCase("a\"b.gz", "filename=\"a%22b.gz\"")]
    [TestCase("100%22.gz", "filename=\"100%22.gz\"")]
    [TestCase("a\\b.gz", "filename=\"a\\b.gz\"")]
    [TestCase("a'(b)*.gz", "filename=\"a'(b)*.gz\"")]
    [TestCase("a\r\nX: y\r\n\r\n.gz", "filename=\"a%0D%0AX: y%0D%0A%0D%0A.gz\"")]
    public async Task A_name_goes_as_browsers_send_it(string name, string expected)
    {
        using var trap = Posting.Taking(_forms);

        await Upstream(trap).PostAsync(Posting.File(new HeldContent([1]), name));

        _forms.Single().Split("\r\n")[1].Should().Be(Latin1($"Content-Disposition: form-data; name=\"somefile\"; {expected}"));
    }

    [TestCase(null)]
    [TestCase("text/plain; charset=utf-8")]
    public async Task A_type_goes_along_if_there_is_one(string? type)
    {
        using var trap = Posting.Taking(_forms);

        await Upstream(trap).PostAsync(Posting.File(new HeldContent([1]), type: type));

        _forms.Single().Split("\r\n").Where(line => line.StartsWith("Content-Type")).Should().Equal(type is null ? [] : [$"Content-Type: {type}"]);
    }

    [TestCase(0)]
    [TestCase(3_000_000)]
    public async Task The_bytes_go_as_they_are_with_their_length(int size)
    {
        using var trap = Posting.Taking(_forms);
        var bytes = Bytes.Random(size);

        await Upstream(trap).PostAsync(Posting.File(new HeldContent(bytes)));

        trap.Requests.Single().Should().Contain($"\r\nContent-Length: {_forms.Single().Length}\r\n").And.NotContain("Transfer-Encoding").And.NotContain("Expect");
        _forms.Single().Should().Contain($"\r\n\r\n{Encoding.Latin1.GetString(bytes)}\r\n--filestore-");
    }

    [TestCase(201)]
    [TestCase(400)]
    [TestCase(401)]
    [TestCase(404)]
    [TestCase(413)]
    [TestCase(422)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task Any_answer_is_an_answer(int status)
    {
        using var trap = Posting.Taking(_forms, $"HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\nwords");

        (await Upstream(trap).PostAsync(Posting.File(new HeldContent([1])))).Should().Be(new Answered(status, null, "words"));

        trap.Connections.Should().Be(1);
        _log.All.Should().ContainSingle().Which.Should().MatchRegex($@"^Information relayed a.gz, 1 B, to http://127.0.0.1:{trap.Port}: {status} in \d+\.\d s$");
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task A_redirect_is_an_answer_and_not_followed(int status)
    {
        using var elsewhere = Posting.Taking([]);
        var place = $"http://127.0.0.1:{elsewhere.Port}/";
        using var trap = Posting.Taking(_forms, $"HTTP/1.1 {status} X\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");

        (await Upstream(trap).PostAsync(Posting.File(new HeldContent([1])))).Should().Be(new Answered(status, place, ""));

        (trap.Connections, elsewhere.Connections).Should().Be((1, 0));
    }

    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ndo\r\n2\r\nne\r\n0\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\n\r\ndone", Description = "whose end is the connection's")]
    [TestCase("HTTP/1.0 200 OK\r\n\r\ndone")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\n" + Posting.Done)]
    [TestCase("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Posting.Done)]
    public async Task An_answer_may_come_in_any_framing(string response)
    {
        using var trap = Posting.Taking(_forms, response);

        (await Upstream(trap).PostAsync(Posting.File(new HeldContent(Bytes.Random(1_000_000))))).Should().Be(new Answered(200, null, "done"));
    }

    [TestCase("HTTP/1.1 100 Continue\r\n\r\n", Posting.Done)]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "done")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone", "")]
    [TestCase("H", "TTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")]
    public async Task A_good_answer_that_comes_early_does_not_end_the_sending(string before, string after)
    {
        var bytes = Bytes.Random(5_000_000);
        var form = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var trap = new Trap(async (stream, ct) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(before), ct);
            form.SetResult(await Posting.ReadFormAsync(stream, ct));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(after), ct);
        });

        (await Upstream(trap).PostAsync(Posting.File(new HeldContent(bytes)))).Should().Be(new Answered(200, null, "done"));

        trap.Requests.Single().Should().Contain($"\r\nContent-Length: {(await form.Task).Length}\r\n");
    }

    [Test]
    public async Task Tokens_in_the_URL_and_the_headers_are_not_logged()
    {
        using var trap = Posting.Taking(_forms);
        var token = TokenHome.Guess();

        await Upstream(trap, $"/in?key={token}", ("Authorization", $"Bearer {token}")).PostAsync(Posting.File(new HeldContent([1]), "отчёт\u202e\u001b[31m.gz"));

        trap.Requests.Single().Should().Contain($"Bearer {token}").And.Contain($"?key={token}");
        _log.All.Should().ContainSingle().Which.Should().NotContain(token[..8]).And.Contain("отчёт").And.NotMatchRegex(@"\p{Cc}");
    }

    [Test]
    public async Task A_proxy_of_the_environment_is_passed_by()
    {
        using var proxy = Trap.Answering(200);
        using var trap = Posting.Taking(_forms);
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            await Upstream(trap).PostAsync(Posting.File(new HeldContent([1])));
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", null);
        }

        (trap.Connections, proxy.Connections).Should().Be((1, 0));
    }

    private Upstream Upstream(Trap trap, string path = "/in", params (string Name, string Value)[] headers) => new(
        new UpstreamOptions { Url = Posting.UrlOf(trap, path), Headers = headers.ToDictionary(header => header.Name, header => header.Value) },
        new CertificateTrust(null), TimeProvider.System, _log.Logger);

    private static string Latin1(string text) => Encoding.Latin1.GetString(Bytes.Of(text.ReplaceLineEndings("\r\n")));

    [GeneratedRegex("filestore-[0-9a-f]{32}")]
    private static partial Regex Boundary();
}

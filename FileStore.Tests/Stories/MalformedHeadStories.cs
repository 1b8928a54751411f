using System.Net.Sockets;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Every rule of RFC 9112 on heads, broken in turn; a request hidden behind each must never be answered.</summary>
public sealed class MalformedHeadStories(string engine) : DaemonFixture(engine)
{
    private const string Hidden = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

    private static IEnumerable<TestCaseData> Heads()
    {
        static TestCaseData Case(string name, string head, params int[] statuses) =>
            new(head, statuses) { TestName = $"A_malformed_head_is_refused({name})" };
        static TestCaseData Field(string name, string fields, params int[] statuses) =>
            Case(name, $"POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n", statuses);

        yield return Case("no HTTP", "Hello world\r\n\r\n", 400);
        yield return Case("HTTP/0.9", "GET /healthz\r\n\r\n", 400);
        yield return Case("no target", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("no method", " /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("two spaces", "GET  /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("tab for space", "GET\t/healthz\tHTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("space in target", "GET /heal thz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("space at the end", "GET /healthz HTTP/1.1 \r\nHost: h\r\n\r\n", 400);
        yield return Case("parenthesis in method", "G(ET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("lower-case http", "GET /healthz http/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("mixed-case version", "GET /healthz Http/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("letter in the version", "GET /healthz HTTP/1.x\r\nHost: h\r\n\r\n", 400);
        yield return Case("other protocol", "GET /healthz FTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("Latin-1 in target", "GET /caf\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("Latin-1 in query", "GET /healthz?\u00ff HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("HTTP/11.1", "GET /healthz HTTP/11.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("HTTP/1", "GET /healthz HTTP/1\r\nHost: h\r\n\r\n", 400);
        yield return Case("HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: h\r\n\r\n", 505);
        yield return Case("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
        yield return Case("TLS hello", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400);
        yield return Case("relative target", "GET healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("asterisk for GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("other scheme", "GET ftp://h/healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 400, 405, 501);
        yield return Case("NUL in target", "GET /heal\0thz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("ESC in target", "GET /\u001b[31m HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("CR in target", "GET /\rhealthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
        yield return Case("bare LF in the request line", "GET /healthz HTTP/1.1\nHost: h\r\n\r\n", 400);
        yield return Case("bare LF after a field", "GET /healthz HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400);
        yield return Case("bare LFs", "GET /healthz HTTP/1.1\nHost: h\n\n", 400);
        yield return Case("bare CR", "GET /healthz HTTP/1.1\rHost: h\r\r", 400);

        yield return Case("no Host", "GET /healthz HTTP/1.1\r\n\r\n", 400);
        yield return Field("two Hosts", "Host: h", 400);
        yield return Case("two hosts in one", "GET /healthz HTTP/1.1\r\nHost: a, b\r\n\r\n", 400);
        yield return Case("Host with a path", "GET /healthz HTTP/1.1\r\nHost: h/x\r\n\r\n", 400);
        yield return Case("Host with a user", "GET /healthz HTTP/1.1\r\nHost: a@b\r\n\r\n", 400);
        yield return Case("Host with a space", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
        foreach (var host in (string[])["[]", "[::1", "::1]", "[::1]x", "h:8o", "h:-1", "h\u00e4"])
            yield return Case($"Host {host}", $"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n", 400);
        foreach (var target in (string[])["http://", "http:///healthz", "http://?x", "http:/healthz", "http://a b/healthz", "http://user:secret@h/healthz", "http://[]/healthz", "http://h:8o/healthz"])
            yield return Case($"target {target}", $"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n", 400);

        yield return Field("folded field", "X: y\r\n z", 400);
        yield return Field("folded Transfer-Encoding", "Content-Length: 0\r\n Transfer-Encoding: chunked", 400);
        yield return Field("space before the first field", "X: y\r\n\tz: 1", 400);
        yield return Field("space before the colon", "Content-Length : 0", 400);
        yield return Field("no colon", "X", 400);
        yield return Field("no name", ": x", 400);
        yield return Field("NUL in a value", "X: a\0b", 400);
        yield return Field("CR in a value", "X: a\rContent-Length: 5", 400);
        yield return Field("ESC in a value", "X: \u001b[31m", 400);
        yield return Field("space in a name", "A B: x", 400);
        yield return Field("control character in a name", "x\u0001a: b", 400);
        yield return Field("parenthesis in a name", "x(a: b", 400);
        yield return Field("a name that others may trim", "Transfer-Encoding\u000b: chunked\r\nContent-Length: 0", 400);
        yield return Field("non-ASCII name", "\u00e4: x", 400);

        yield return Field("two lengths", "Content-Length: 0\r\nContent-Length: 5", 400);
        yield return Field("a length twice", "Content-Length: 5\r\nContent-Length: 5", 400);
        yield return Field("a list of lengths", "Content-Length: 5, 5", 400);
        foreach (var length in (string[])["-1", "-0", "+5", "0x5", "5.0", "5 5", "5,", "5;", "five", "", "9223372036854775808", "99999999999999999999999", "\u00b2"])
            yield return Field($"Content-Length {length}", $"Content-Length: {length}", 400);
        foreach (var (name, length) in ((string, string)[])[("a vertical tab before", "\v5"), ("a vertical tab behind", "5\v"), ("a form feed behind", "5\f"), ("a NUL behind", "5\0"), ("a no-break space before", "\u00a05")])
            yield return Field($"Content-Length with {name}", $"Content-Length: {length}", 400);
        yield return Field("length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked", 400);
        yield return Field("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 5", 400);
        foreach (var coding in (string[])["gzip", "chunked, gzip", "gzip, chunked", "identity", "xchunked", "chunked;q=1", "\"chunked\"", "", "chunked, chunked", "chunked x"])
            yield return Field($"Transfer-Encoding {coding}", $"Transfer-Encoding: {coding}", 400, 501);
        foreach (var space in "\v\f\u0085\u00a0\0")
        {
            yield return Field($"character {(int)space} before the Transfer-Encoding", $"Transfer-Encoding: {space}chunked", 400);
            yield return Field($"character {(int)space} behind the Transfer-Encoding", $"Transfer-Encoding: chunked{space}", 400);
        }

        yield return Case("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);

        yield return Case("target of 100 KB", $"GET /{new string('x', 100_000)} HTTP/1.1\r\nHost: h\r\n\r\n", 414);
        yield return Case("method of 100 KB", $"{new string('G', 100_000)} / HTTP/1.1\r\nHost: h\r\n\r\n", 400, 414);
        yield return Field("100 KB of fields", string.Join("\r\n", Enumerable.Range(0, 1000).Select(i => $"X-{i}: {new string('x', 100)}")), 431);
        yield return Field("a field of 100 KB", $"X: {new string('x', 100_000)}", 431);
    }

    [TestCaseSource(nameof(Heads))]
    public async Task A_malformed_head_is_refused(string head, int[] statuses)
    {
        using var socket = Daemon.Connect();
        var sending = Task.Run(() => TrySend(socket, head + Hidden));

        var answer = Encoding.UTF8.GetString(socket.ReadToEndOfAll(timeoutSeconds: 15));

        await sending;
        var status = int.Parse(answer.AsSpan(9, 3));
        statuses.Should().Contain(status, answer);
        answer.Should().Contain("application/problem+json").And.Contain("X-Request-Id: ").And.Contain("nosniff").And.Contain("Connection: close");
        answer.Split("X-Request-Id: ").Should().HaveCount(2, "one answer, and none to what came behind: {0}", answer);
    }

    [OneTimeTearDown]
    public async Task After_all_of_them_the_daemon_serves() => (await Client.GetStringAsync("/healthz")).Should().Contain("ok");

    [TestCase("GET /", TestName = "An_endless_request_line_is_cut")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nX: ", TestName = "An_endless_field_is_cut")]
    [TestCase("\r\n", TestName = "Endless_bytes_that_are_no_head_are_cut")]
    public async Task Endless_heads_are_cut_and_take_no_memory(string start)
    {
        var before = ProcessUse.Memory(Daemon.Pid);
        using var socket = Daemon.Connect();
        socket.SendTimeout = 10_000;
        socket.SendText(start);
        var piece = new string('x', 1 << 20);
        var sent = 0;

        (await Eventually.HoldsAsync(() => !TrySend(socket, piece) || ++sent > 200, seconds: 20)).Should().BeTrue();

        sent.Should().BeLessThan(100, "the daemon ends the connection");
        (ProcessUse.Memory(Daemon.Pid) - before).Should().BeLessThan(40 << 20);
    }

    private static bool TrySend(Socket socket, string text)
    {
        try
        {
            socket.SendText(text);
            return true;
        }
        catch (SocketException)
        {
            return false; // refused before its end, as is right
        }
    }
}

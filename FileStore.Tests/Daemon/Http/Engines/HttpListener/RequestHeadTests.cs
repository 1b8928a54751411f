using System.Text;
using FileStore.Daemon.Http.Engines;
using FileStore.Daemon.Http.Engines.HttpListener;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines.HttpListener;

/// <summary>Valid and invalid heads by RFC 9112, violating one rule at a time.</summary>
[TestFixture]
public sealed class RequestHeadTests
{
    // Section 3: the request line.
    [TestCase("GET  / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET /\r\nHost: h\r\n\r\n")]
    [TestCase("GET / \r\nHost: h\r\n\r\n")]
    [TestCase("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase(" GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1 \r\nHost: h\r\n\r\n")]
    [TestCase("GET / http/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / Http/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.x\r\nHost: h\r\n\r\n")]
    [TestCase("GET / FTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/11.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.\u00b1\r\nHost: h\r\n\r\n")]
    [TestCase("GET /\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n", Description = "Latin-1")]
    [TestCase("GET /?\u00ff HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET http://h/\u00d1 HTTP/1.1\r\nHost: h\r\n\r\n", Description = "half a letter of UTF-8")]
    [TestCase("GET / HTTP/1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505)]
    [TestCase("GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505)]
    [TestCase("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505)]
    [TestCase("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)]
    [TestCase("G(T / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("G\u00c9T / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("/ HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n")]
    // Section 3.2: the target.
    [TestCase("GET a HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET * HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("OPTIONS ** HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET http:// HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET https://?a HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 501)]
    // Section 3.2: exactly one valid Host.
    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nhost: other\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h/path\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: user@h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h?q\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\\h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: \u00e4\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h:port\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h:80:80\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n")]
    [TestCase("GET / HTTP/1.0\r\nHost: a b\r\n\r\n")]
    // Section 5: headers.
    [TestCase("GET / HTTP/1.1\r\nHost : h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA\u00e4: c\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\tc\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\n Host: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\nB: c\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\u001bc\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nA: b\u007fc\r\n\r\n")]
    // Section 6: framing.
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3.0\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3 3\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9223372036854775808\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: three\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \u000bchunked\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501)]
    [TestCase("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: a miracle\r\n\r\n", 417)]
    public void A_broken_rule_is_refused(string head, int status = 400)
    {
        var parse = () => Parse(head);

        var refusal = parse.Should().Throw<BadHeadException>().Which;
        refusal.Status.Should().Be(status);
        refusal.Message.Should().NotBeEmpty();
    }

    [TestCase("chunked, chunked")]
    [TestCase("chunked,chunked")]
    public void Chunked_twice_is_refused_one_way_or_the_other(string coding)
    {
        var parse = () => Parse($"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: {coding}\r\n\r\n");

        parse.Should().Throw<BadHeadException>().Which.Status.Should().BeOneOf(400, 501);
    }

    [TestCase("GET /a/b?c=d HTTP/1.1", "GET", "/a/b?c=d")]
    [TestCase("get / HTTP/1.1", "get", "/")]
    [TestCase("M-SEARCH / HTTP/1.1", "M-SEARCH", "/")]
    [TestCase("GET //a HTTP/1.1", "GET", "//a")]
    [TestCase("GET /a?b?c HTTP/1.1", "GET", "/a?b?c")]
    [TestCase("OPTIONS * HTTP/1.1", "OPTIONS", "*")]
    [TestCase("GET http://other:80/a?b HTTP/1.1", "GET", "/a?b")]
    [TestCase("GET HTTP://other/a HTTP/1.1", "GET", "/a")]
    [TestCase("GET https://other/a HTTP/1.1", "GET", "/a")]
    [TestCase("GET http://other HTTP/1.1", "GET", "/")]
    [TestCase("GET http://other?q=/x HTTP/1.1", "GET", "/?q=/x")]
    [TestCase("GET /\u00d0\u00b0 HTTP/1.1", "GET", "/\u00d0\u00b0", Description = "raw UTF-8, a character a byte")]
    public void Method_and_target_are_taken_apart(string line, string method, string target)
    {
        var head = Parse($"{line}\r\nHost: h\r\n\r\n");

        head.Method.Should().Be(method);
        head.Target.Should().Be(target);
    }

    [TestCase("")]
    [TestCase("h")]
    [TestCase("h:")]
    [TestCase("h:9000")]
    [TestCase("127.0.0.1:9000")]
    [TestCase("[::1]")]
    [TestCase("[::1]:9000")]
    [TestCase("files.example.com")]
    [TestCase("a_b~c")]
    public void Hosts_of_every_form_are_accepted(string host) =>
        Parse($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").Header("host").Should().Be(host);

    [Test]
    public void Http_1_0_needs_no_host() => Parse("GET / HTTP/1.0\r\n\r\n").Header("Host").Should().BeNull();

    [Test]
    public void Fields_are_found_in_any_case_and_joined_when_they_stand_twice()
    {
        var head = Parse("GET / HTTP/1.1\r\nHOST: h\r\nIf-None-Match:\t \"a\" \r\nif-none-match: \"b\"\r\nEmpty:\r\nX: \u00d0\u00b0\r\n\r\n");

        head.Header("IF-NONE-MATCH").Should().Be("\"a\", \"b\"");
        head.Header("Empty").Should().BeEmpty();
        head.Header("X").Should().Be("\u00d0\u00b0");
        head.Header("Absent").Should().BeNull();
    }

    [TestCase("Content-Length: 0", 0L, false, false)]
    [TestCase("Content-Length: 007", 7L, false, false)]
    [TestCase("Content-Length: 9223372036854775807", long.MaxValue, false, false)]
    [TestCase("Transfer-Encoding: chunked", null, true, false)]
    [TestCase("transfer-encoding: Chunked", null, true, false)]
    [TestCase("Content-Length: 5\r\nExpect: 100-continue", 5L, false, true)]
    [TestCase("Transfer-Encoding: chunked\r\nExpect: 100-Continue", null, true, true)]
    [TestCase("Content-Length: 0\r\nExpect: 100-continue", 0L, false, false)]
    [TestCase("Expect: 100-continue", null, false, false)]
    public void Framing_is_read_from_the_fields(string fields, long? length, bool isChunked, bool expectsContinue)
    {
        var head = Parse($"GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n");

        head.ContentLength.Should().Be(length);
        head.IsChunked.Should().Be(isChunked);
        head.ExpectsContinue.Should().Be(expectsContinue);
    }

    [Test]
    public void A_client_of_http_1_0_is_never_told_to_continue() =>
        Parse("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n").ExpectsContinue.Should().BeFalse();

    [TestCase("GET /a?b HTTP/1.1\r\nHost: other\r\nCookie: c\r\nX: y", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET http://other/a HTTP/1.1\r\nHost: x", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("OPTIONS * HTTP/1.1\r\nHost: x", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\nConnection: close\r\n\r\n")]
    [TestCase("GET / HTTP/1.0\r\nConnection: Keep-Alive", "GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nConnection: te, CLOSE", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nConnection: disclose", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: x", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0012", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [TestCase("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue", "GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    public void HttpListener_is_told_of_a_request_and_of_no_body(string head, string expected) =>
        Encoding.Latin1.GetString(Parse(head + "\r\n\r\n").ForHttpListener()).Should().Be(expected);

    private static RequestHead Parse(string head) => RequestHead.Parse(Encoding.Latin1.GetBytes(head));
}

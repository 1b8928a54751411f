using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>
/// Requests of which a proxy and the daemon could see different ends. What is hidden in their bodies is a deletion:
/// it must neither be answered nor happen.
/// </summary>
public sealed class SmugglingStories(string engine) : DaemonFixture(engine)
{
    private const string Post = "POST / HTTP/1.1\r\nHost: h\r\n";

    private string _victim;

    private static IEnumerable<TestCaseData> Pairs()
    {
        // Each hides {hidden}, of {length} bytes ({hex} in hexadecimal), and {all} counts it and "0\r\n\r\n" before it.
        static TestCaseData Refused(string name, string request) => new(request, true) { TestName = $"A_request_that_is_hidden_in_a_body_stays_there({name})" };
        static TestCaseData Served(string name, string request) => new(request, false) { TestName = $"A_request_that_is_hidden_in_a_body_stays_there({name})" };

        foreach (var (name, field) in ((string, string)[])
        [
            ("plain", "Transfer-Encoding: chunked"), ("capitals", "TRANSFER-ENCODING: CHUNKED"), ("no space", "Transfer-Encoding:chunked"),
            ("tab", "Transfer-Encoding:\tchunked"), ("tab behind", "Transfer-Encoding: chunked\t"), ("x", "Transfer-Encoding: xchunked"),
            ("list", "Transfer-Encoding: identity, chunked"), ("twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
            ("other first", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked"), ("empty", "Transfer-Encoding:"), ("comma", "Transfer-Encoding: chunked,"),
            ("quoted", "Transfer-Encoding: \"chunked\""), ("parameter", "Transfer-Encoding: chunked;x=y"),
            ("vertical tab", "Transfer-Encoding: \vchunked"), ("no-break space", "Transfer-Encoding: \u00a0chunked"), ("NUL", "Transfer-Encoding: chunked\0"),
            ("space before the colon", "Transfer-Encoding : chunked"), ("tab before the colon", "Transfer-Encoding\t: chunked"),
            ("space before the name", " Transfer-Encoding: chunked"), ("folded", "X: y\r\n Transfer-Encoding: chunked"),
            ("folded value", "Transfer-Encoding:\r\n chunked"), ("LF", "X: y\nTransfer-Encoding: chunked"), ("CR", "X: y\rTransfer-Encoding: chunked"),
            ("NUL in the name", "Transfer-\0Encoding: chunked"), ("Kelvin sign", "Transfer-Encoding: chun\u00e2\u0084\u00aaed"),
        ])
        {
            yield return Refused($"length, then chunks: {name}", $"{Post}Content-Length: {{all}}\r\n{field}\r\n\r\n0\r\n\r\n{{hidden}}");
            yield return Refused($"chunks, then length: {name}", $"{Post}{field}\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{{hidden}}");
        }

        foreach (var (name, lengths) in ((string, string)[])
        [
            ("two", "Content-Length: 5\r\nContent-Length: {all}"), ("a list", "Content-Length: 5, {all}"), ("space before the colon", "Content-Length : {all}"),
            ("folded", "Content-Length: 5\r\n {all}"), ("sign", "Content-Length: +{all}"), ("vertical tab", "Content-Length: {all}\v"), ("NUL", "Content-Length: {all}\0"),
            ("LF", "Content-Length: 5\nContent-Length: {all}"), ("CR", "Content-Length: 5\rContent-Length: {all}"), ("2^64", "Content-Length: 18446744073709551621"),
        ])
            yield return Refused($"lengths: {name}", $"{Post}{lengths}\r\n\r\n0\r\n\r\n{{hidden}}");

        yield return Refused("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{hex}\r\n{hidden}\r\n0\r\n\r\n");
        yield return Refused("behind the size", $"{Post}Transfer-Encoding: chunked\r\n\r\n5;x\n0\r\n\r\n{{hidden}}");
        yield return Refused("in the trailers", $"{Post}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n{{hidden}}");

        foreach (var line in (string[])["GET /healthz", "HEAD /healthz", "OPTIONS *", "OPTIONS /files", "POST /nowhere", "PUT /healthz", "DELETE /files/x", "BREW /", "PUT /files/x", "GET /files/%zz"])
        {
            yield return Served($"{line} with a length", $"{line} HTTP/1.1\r\nHost: h\r\nContent-Length: {{length}}\r\n\r\n{{hidden}}");
            yield return Served($"{line} with chunks", $"{line} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{{hex}}\r\n{{hidden}}\r\n0\r\n\r\n");
            yield return Served($"{line} with an expectation", $"{line} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {{length}}\r\n\r\n{{hidden}}");
        }

        yield return Served("as a file", $"{Post}Connection: close\r\nContent-Length: {{length}}\r\n\r\n{{hidden}}");
        yield return Served("as a chunk", $"{Post}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{{hex}}\r\n{{hidden}}\r\n0\r\n\r\n");
        yield return Served("behind an end", $"{Post}Connection: close\r\nContent-Length: 5\r\n\r\nhello{{hidden}}");
        foreach (var upgrade in (string[])["h2c", "websocket", "TLS/1.0"])
            yield return Served($"upgrade to {upgrade}", $"POST /nowhere HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\nContent-Length: {{length}}\r\n\r\n{{hidden}}");
    }

    [OneTimeSetUp]
    public async Task StoreTheVictim() => _victim = await StoreAsync([1, 2, 3]);

    [TestCaseSource(nameof(Pairs))]
    public void A_request_that_is_hidden_in_a_body_stays_there(string request, bool isRefused)
    {
        var logged = Daemon.LogLines;
        var hidden = $"DELETE /files/{_victim} HTTP/1.1\r\nHost: h\r\n\r\n";
        using var socket = Daemon.Connect();
        socket.SendText(request.Replace("{hidden}", hidden).Replace("{length}", $"{hidden.Length}")
            .Replace("{hex}", $"{hidden.Length:x}").Replace("{all}", $"{hidden.Length + 5}"));

        var answer = Encoding.UTF8.GetString(socket.ReadToEndOfAll(timeoutSeconds: 10));

        answer.Split("X-Request-Id: ").Should().HaveCount(2, "one answer alone: {0}", answer);
        if (isRefused)
            answer.Should().MatchRegex("^HTTP/1.1 (400|501) ");
        Store.Has(_victim).Should().BeTrue();
        string.Concat(Daemon.LogSince(logged)).Should().NotContain("DELETE /files/" + _victim).And.NotContain(" ERROR ");
    }
}

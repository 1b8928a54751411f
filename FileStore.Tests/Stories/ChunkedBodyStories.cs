using System.Net.Sockets;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Every rule of the chunked coding (RFC 9112, 7.1), kept in strange ways and broken in turn.</summary>
public sealed class ChunkedBodyStories(string engine) : DaemonFixture(engine)
{
    private const string Head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string LastWords = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private string _hidden;

    [OneTimeSetUp]
    public async Task StoreWhatMustNotBeDeleted() => _hidden = await StoreAsync([1, 2, 3]);

    private static IEnumerable<TestCaseData> SoundBodies()
    {
        static TestCaseData Case(string name, string body) => new(body) { TestName = $"A_sound_body_is_stored_and_the_next_request_found({Shown(name)})" };

        yield return Case("one chunk", "5\r\nhello\r\n0\r\n\r\n");
        yield return Case("five chunks", "1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n");
        yield return Case("zeros before the size", "0005\r\nhello\r\n000\r\n\r\n");
        foreach (var extension in (string[])[";x", ";x=y", ";x=\"a b\"", "; x = y", ";x=1;y=2", ";x=\"\"", ";x=\"a;\\\"b\" ; y\t=\tz", ";x=\"\u00e9\"", ";!#$%&'*+-.^_`|~=1"])
            yield return Case($"extension {extension}", $"5{extension}\r\nhello\r\n0{extension}\r\n\r\n");
        yield return Case("trailer", "5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n");
        foreach (var trailer in (string[])["Content-Length: 40", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Host: other", "Connection: close", "Expect: x"])
            yield return Case($"trailer {trailer}", $"5\r\nhello\r\n0\r\n{trailer}\r\n\r\n"); // it has no say any more (RFC 9110, 6.5.1)
    }

    private static IEnumerable<TestCaseData> BrokenBodies()
    {
        static TestCaseData Case(string name, string body) => new(body) { TestName = $"A_broken_body_is_refused_with_all_that_follows({name})" };
        static TestCaseData Size(string name, string size) => Case($"size {name}", $"{size}\r\nhello\r\n0\r\n\r\n");

        foreach (var size in (string[])["+5", "-5", "0x5", "5h", "5.", "5,5", "5_0", "five", "", "5 ", " 5", "5 ;x", "5 5", "FFFFFFFFFFFFFFFB", "10000000000000005", "8000000000000005"])
            yield return Size($"'{size}'", size);
        yield return Size("with a tab behind", "5\t");
        yield return Size("with a NUL behind", "5\0");
        yield return Size("with a vertical tab", "\v5");
        yield return Size("of 50 zeros", new string('0', 50) + "5");
        yield return Size("in full-width digits", "\u00ef\u00bc\u0095");
        yield return Size("with two CRs", "5\r");
        yield return Size("with CR in its extension", "5;x\ry");
        yield return Size("with LF in its extension", "5;x\ny");
        yield return Size("with a hidden size in its extension", "5;x\n0\r\n\r\n");

        foreach (var extension in (string[])[";", ";;x", ";x;", ";=y", ";x=", ";x=y z", ";x y", ";x=\"y", ";x=\"y\"z", ";x=\"\\", ";(x)", ";x=(y)", ";\u0001", ";x=\u0001", ";x=\"\u0001\"", ";x\u007f", ";\u00e9", " ;x", ";x ", ";x=y ", ";x\0"])
            yield return Case($"extension {Shown(extension)}", $"5{extension}\r\nhello\r\n0\r\n\r\n");
        foreach (var extension in (string[])[";", ";x=", ";\u0001"])
            yield return Case($"extension {Shown(extension)} of the last chunk", $"5\r\nhello\r\n0{extension}\r\n\r\n");

        yield return Case("LF ends the size", "5\nhello\r\n0\r\n\r\n");
        yield return Case("LF ends the extension", "5;x\nhello\r\n0\r\n\r\n");
        yield return Case("CR ends the size", "5\rhello\r\n0\r\n\r\n");
        yield return Case("LF ends the data", "5\r\nhello\n0\r\n\r\n");
        yield return Case("CR ends the data", "5\r\nhello\r0\r\n\r\n");
        yield return Case("nothing ends the data", "5\r\nhello0\r\n\r\n");
        yield return Case("more data than said", "5\r\nhello world\r\n0\r\n\r\n");
        yield return Case("less data than said", "9\r\nhello\r\n0\r\n\r\n");
        yield return Case("an empty line between chunks", "5\r\nhello\r\n\r\n0\r\n\r\n");
        yield return Case("an empty line first", "\r\n5\r\nhello\r\n0\r\n\r\n");
        yield return Case("LF ends the last size", "5\r\nhello\r\n0\n\r\n");
        yield return Case("LF ends the body", "5\r\nhello\r\n0\r\n\n");
        yield return Case("CR and something else end the body", "5\r\nhello\r\n0\r\n\rX");

        foreach (var trailer in (string[])["X", ": y", "X : y", " X: y", "X: y\r\n z", "X Y: z", "GET /healthz HTTP/1.1\r\nHost: h"])
            yield return Case($"trailer {trailer.Replace("\r\n", " CRLF ")}", $"5\r\nhello\r\n0\r\n{trailer}\r\n\r\n");
        yield return Case("trailer with LF", "5\r\nhello\r\n0\r\nX: y\n\r\n");
        yield return Case("trailers with LF", "5\r\nhello\r\n0\r\nX: y\nZ: w\n\n");
        yield return Case("LF for the last line", "5\r\nhello\r\n0\r\nX: y\r\n\n");
        yield return Case("trailer with CR", "5\r\nhello\r\n0\r\nX: y\rz\r\n\r\n");
        yield return Case("trailer with NUL", "5\r\nhello\r\n0\r\nX: y\0z\r\n\r\n");
        yield return Case("trailer of 40 KB", $"5\r\nhello\r\n0\r\nX: {new string('y', 40_000)}\r\n\r\n");
        yield return Case("5000 trailers", $"5\r\nhello\r\n0\r\n{string.Concat(Enumerable.Repeat("Xyz: y\r\n", 5000))}\r\n");
    }

    /// <summary>The test's name goes to a console.</summary>
    private static string Shown(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? $"{c}" : $"\\x{(int)c:x2}"));

    /// <summary>Nothing comes behind what is broken: it is refused by itself, and not waited for.</summary>
    [TestCase("5;\r\n")]
    [TestCase("5\n")]
    [TestCase("5\r\nhello\r\n0\r\nX: y\n")]
    [TestCase("5\r\nhello\r\n0\r\nX\r\n")]
    [TestCase("5\r\nhello\r\n0\r\n\n")]
    public void A_broken_chunked_body_is_refused_at_once(string body)
    {
        using var socket = Daemon.Connect();
        socket.SendText(Head + body);

        socket.ReadAnswer(timeoutSeconds: 10).ShouldBeProblem(400);
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [TestCaseSource(nameof(SoundBodies))]
    public void A_sound_body_is_stored_and_the_next_request_found(string body)
    {
        using var socket = Daemon.Connect();
        socket.SendText(Head + body + LastWords);

        socket.ReadAnswer()!.Text.Should().Be(Sample.Of("hello").Hash);
        socket.ReadAnswer()!.Text.Should().Be("""{"status":"ok"}""");
        socket.IsClosedWithin(5).Should().BeTrue();
    }

    [TestCaseSource(nameof(BrokenBodies))]
    public void A_broken_body_is_refused_with_all_that_follows(string body)
    {
        var before = Store.Blobs;
        using var socket = Daemon.Connect();
        socket.SendText($"{Head}{body}DELETE /files/{_hidden} HTTP/1.1\r\nHost: h\r\n\r\n{LastWords}");

        var answer = Encoding.UTF8.GetString(socket.ReadToEndOfAll());

        answer.Should().StartWith("HTTP/1.1 400 ").And.Contain("application/problem+json").And.Contain("Connection: close");
        answer.Split("X-Request-Id: ").Should().HaveCount(2, "one answer, and none to what came behind: {0}", answer);
        Store.Blobs.Should().BeEquivalentTo(before);
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    [TestCase("5;", TestName = "An_endless_extension_takes_no_memory")]
    [TestCase("0\r\nX: ", TestName = "An_endless_trailer_takes_no_memory")]
    public void An_endless_extension_or_trailer_takes_no_memory(string beginning)
    {
        var before = ProcessUse.Memory(Daemon.Pid);
        using var socket = Daemon.Connect();
        socket.SendText(Head + beginning);
        var piece = new byte[1 << 20];
        Array.Fill(piece, (byte)'x');
        try
        {
            for (var i = 0; i < 300; i++)
                socket.SendAll(piece);
        }
        catch (SocketException)
        {
            // It is refused, or in an extension's case, might be.
        }

        (ProcessUse.Memory(Daemon.Pid) - before).Should().BeLessThan(100 << 20, "300 MB were sent");
    }
}

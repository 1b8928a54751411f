using System.Text;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Engines;
using FileStore.Daemon.Http.Engines.HttpListener;
using FileStore.Daemon.Http.Semantics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>Runs every parser on mutated valid input. It returns a result, or throws a documented exception.</summary>
public sealed class ParserFuzzTests
{
    private const int Times = 20_000;
    private const int ManyTimes = 1_000_000;

    private static readonly string[] Dictionary =
    [
        "\r\n", "\r\n\r\n", "\n", "\0", "%", "%00", "%C3%28", "/", "..", "?", "&", "=", "+", "\u00ff", "\u00c3\u00a4", "\u00e2\u0080\u00ae", "\u00f0\u009f\u0098\u0080", "\"", "\\", "'",
        ":", ";", ",", "-", "bytes=", "9223372036854775807", "9223372036854775808", "-0", "--b", "--b--", "filename*=UTF-8''%ff", "filename=", "sha-256", "=:", "0\r\n", "f;", "W/", "*",
        "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n", "Host: h\r\n", "HTTP/1.0", new string('a', 300),
    ];

    private static IEnumerable<TestCaseData> Parsers()
    {
        static TestCaseData Case(string name, Func<byte[], Task> parse, params string[] valid) =>
            new(parse, Array.ConvertAll(valid, Encoding.Latin1.GetBytes)) { TestName = $"{{m}}({name})" };

        yield return Case("RequestTarget", Target, "/files/abc?limit=1&after=%D1%84", "/?file_hash=abc&name=a+b.pdf", "//x/../%2e");
        yield return Case("ByteRange", Range, "bytes=0-9", "bytes=-5", "bytes=7-", "bytes=0-1, 5-6");
        yield return Case("DigestFields", Digests, "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, md5=:XUFAKrxLKna5cZ2REBfFkg==:;x=y", "XUFAKrxLKna5cZ2REBfFkg==");
        yield return Case("Preconditions", Conditions, "\"a\", W/\"b\", \"c\"", "*", "Sat, 21 Nov 2026 01:02:03 GMT");
        yield return Case("ContentDisposition", Disposition, "report.pdf", "\u00d1\u0084\u00d0\u00b0\u00d0\u00b9\u00d0\u00bb.tar.gz", "..", new string('x', 300) + ".txt");
        yield return Case("ChunkedFraming", Chunks, "5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n", "a\r\n0123456789\r\n1\r\n\n\r\n0\r\n\r\n");
        yield return Case("RequestHead", Head, "POST http://h/x?y HTTP/1.1\r\nHost: h:80\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        yield return Case("MultipartUpload", Form, "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; name=g\r\n\r\n1\r\n--b--\r\n");
        yield return Case("type of a form", FormType, "multipart/form-data; boundary=\"a b\"", "multipart/form-data;boundary=----x; charset=utf-8");
    }

    [TestCaseSource(nameof(Parsers))]
    public Task Damaged_input_comes_to_nothing_unforeseen(Func<byte[], Task> parse, byte[][] valid) => FuzzAsync(parse, valid, Times, Mutator.Seed());

    [TestCaseSource(nameof(Parsers)), Category("Long")]
    public Task Much_damaged_input_comes_to_nothing_unforeseen(Func<byte[], Task> parse, byte[][] valid) =>
        FuzzAsync(parse, valid, ManyTimes, Mutator.Seed(isNew: true));

    private static async Task FuzzAsync(Func<byte[], Task> parse, byte[][] valid, int times, int seed)
    {
        var mutator = new Mutator(seed, Dictionary);
        for (var i = 0; i < times; i++)
        {
            var input = mutator.Mutate(mutator.Pick(valid));
            try
            {
                await parse(input);
            }
            catch (Exception e) when (e is ProblemException or BadHeadException)
            {
                // Documented.
            }
            catch (Exception e)
            {
                throw new AssertionException($"seed {seed}, input {i}: {Encoding.Latin1.GetString(input)}\n{e}");
            }
        }
    }

    private static Task Target(byte[] input)
    {
        var target = RequestTarget.Parse("/" + Encoding.Latin1.GetString(input));
        target.Segments.Any(segment => segment.Any(char.IsControl)).Should().BeFalse();
        return Task.CompletedTask;
    }

    private static Task Range(byte[] input)
    {
        foreach (var length in (long[])[0, 1, 10, long.MaxValue])
        {
            if (ByteRange.Parse(Encoding.Latin1.GetString(input), length) is { Length: not 0 } range)
                (range is { Offset: >= 0, Length: > 0 } && range.Length <= length - range.Offset).Should().BeTrue("{0} of {1}", range, length);
        }

        return Task.CompletedTask;
    }

    private static Task Digests(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        DigestHeaders.Expected(new FakeExchange("POST").With(text.Contains('=') ? "Repr-Digest" : "Content-MD5", text).ToRequest());
        return Task.CompletedTask;
    }

    private static Task Conditions(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        foreach (var field in (string[])["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"])
            Preconditions.Evaluate(new FakeExchange().With(field, text).ToRequest(), "\"c\"", DateTimeOffset.UnixEpoch);
        return Task.CompletedTask;
    }

    private static Task Disposition(byte[] input)
    {
        var field = ContentDisposition.Attachment(Encoding.UTF8.GetString(input));
        field.Any(c => c is < ' ' or > '~').Should().BeFalse(field);
        return Task.CompletedTask;
    }

    private static Task Chunks(byte[] input)
    {
        var framing = new ChunkedFraming();
        var whole = framing.Advance(input);
        var (inPieces, taken) = (new ChunkedFraming(), (int?)0);
        foreach (var b in input)
            taken += inPieces.Advance([b]);
        taken.Should().Be(whole, "it does not matter how it arrives");
        var (decoding, copy) = (new ChunkedFraming(), input.ToArray());
        var data = decoding.Decode(copy, out var end);
        (data is null ? null : (int?)end).Should().Be(whole, "decoding keeps the same rules");
        if (data > end)
            throw new InvalidOperationException("there is more data than bytes");
        return Task.CompletedTask;
    }

    private static Task Head(byte[] input)
    {
        var head = RequestHead.Parse(input);
        (head.Target == "*" || head.Target[0] == '/').Should().BeTrue(head.Target);
        head.ForHttpListener().AsSpan().IndexOf("\r\n\r\n"u8).Should().Be(head.ForHttpListener().Length - 4);
        return Task.CompletedTask;
    }

    private static async Task Form(byte[] input)
    {
        var bytes = 0L;
        await foreach (var part in MultipartUpload.PartsAsync(new MemoryStream(input), "b", CancellationToken.None))
        {
            var content = new MemoryStream();
            await part.Content.CopyToAsync(content);
            bytes += content.Length;
        }

        bytes.Should().BeLessThanOrEqualTo(input.Length);
    }

    private static Task FormType(byte[] input)
    {
        (MultipartUpload.Boundary(new FakeExchange("POST").With("Content-Type", Encoding.Latin1.GetString(input)).ToRequest()) ?? "x").Length.Should().BeInRange(1, 70);
        return Task.CompletedTask;
    }
}

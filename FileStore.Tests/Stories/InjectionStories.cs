using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Nothing that a client sends becomes a field of an answer, or a line of the log, of its own.</summary>
public sealed class InjectionStories(string engine) : DaemonFixture(engine, "--export", "exported=.")
{
    private string _hash;

    private static string[] Payloads { get; } =
    [
        "a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rX-Injected: 1", "a\u0085X-Injected: 1", "a\u2028X-Injected: 1", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "a\0b", "\u001b[31mred",
        "a\"; filename=\"b.exe", "a\\\"; x=y", "a; filename*=UTF-8''b.exe", "%0d%0aX-Injected: 1", "=?utf-8?B?YQ0KYg==?=", "invoice\u202efdp.exe", "\u2066a\u2069", "\ufeffa",
        "\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67.txt", "e\u0301.txt", new string('\u0436', 150), new string('x', 300), "{Status}{@x}{0}", "../../etc/passwd", "con", "",
    ];

    [OneTimeSetUp]
    public async Task StoreAFile()
    {
        _hash = await StoreAsync("x"u8.ToArray());
        (await Eventually.HoldsAsync(() => Daemon.LogText.Contains(" POST / 200 "))).Should().BeTrue();
    }

    [TestCase("GET /?file_hash={hash}&name={payload}")]
    [TestCase("HEAD /files/{hash}?name={payload}")]
    [TestCase("GET /files/{payload}")]
    [TestCase("GET /files?after={payload}&limit={payload}")]
    [TestCase("POST /{payload}")]
    [TestCase("DELETE /files/{payload}?{payload}={payload}")]
    [TestCase("GET /get?dir={payload}&name={payload}&compress={payload}")]
    [TestCase("GET /get?dir=exported&name={payload}")]
    [TestCase("GET /list?dir=exported&prefix={payload}&suffix={payload}")]
    [TestCase("POST /delete?dir=exported&prefix={payload}&suffix=x")]
    [TestCase("GET /tar?dir=exported&name={payload}&host={payload}&port={payload}&path={payload}")]
    public async Task In_the_target(string line)
    {
        var before = LogLines();
        foreach (var payload in Payloads)
        {
            using var socket = Daemon.Connect();
            socket.SendText($"{line.Replace("{hash}", _hash).Replace("{payload}", Uri.EscapeDataString(payload))} HTTP/1.1\r\nHost: h\r\n\r\n");
            ShouldBeClean(socket.ReadAnswer(head: line.StartsWith("HEAD", StringComparison.Ordinal)), payload);
        }

        await ShouldBeOneLineEachAsync(before);
    }

    [TestCase("Host")]
    [TestCase("Accept")]
    [TestCase("Range")]
    [TestCase("If-None-Match")]
    [TestCase("If-Range")]
    [TestCase("Repr-Digest")]
    [TestCase("Content-Type")]
    [TestCase("Origin")]
    [TestCase("Connection")]
    [TestCase("Expect")]
    [TestCase("X-Request-Id")]
    public async Task In_a_field(string name)
    {
        var before = LogLines();
        foreach (var payload in Payloads.Where(payload => !payload.Contains('\n')))
        {
            var value = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(payload));
            var host = name == "Host" ? "" : "Host: h\r\n";
            ShouldBeClean(Daemon.Ask($"GET /files/{_hash} HTTP/1.1\r\n{host}{name}: {value}\r\n\r\n"), payload);
        }

        await ShouldBeOneLineEachAsync(before, Payloads.Count(payload => !payload.Contains('\n')));
    }

    private static void ShouldBeClean(RawAnswer? answer, string payload)
    {
        answer.Should().NotBeNull(payload);
        answer!.Status.Should().NotBe(500, payload);
        var lines = answer.Head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[1..].Should().OnlyContain(line => !line.Any(c => c < ' ' || c > '~') && line.IndexOf(": ") > 0, payload);
        lines.Select(line => line.Split(':')[0]).Should().OnlyHaveUniqueItems(payload).And.NotContain("X-Injected");
        if (answer.Status >= 400 && answer.Body.Length > 0)
            answer.ShouldBeProblem(answer.Status);
    }

    private async Task ShouldBeOneLineEachAsync(int before, int? count = null)
    {
        (await Eventually.HoldsAsync(() => LogLines() >= before + (count ?? Payloads.Length))).Should().BeTrue();
        await Task.Delay(100);
        LogLines().Should().Be(before + (count ?? Payloads.Length));
        Daemon.LogText.Any(c => c != '\n' && c is < ' ' or > '~').Should().BeFalse("the log is printable ASCII");
    }

    private int LogLines() => Daemon.LogText.Split('\n').Length;
}

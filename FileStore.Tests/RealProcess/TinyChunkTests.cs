using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>
/// Bodies in chunks of any size, to every route that reads one, on small stacks: neither the number of chunks nor the size
/// of the buffer decides how deep the daemon's calls go, or how much it holds.
/// </summary>
[TestFixture("httplistener", "4096")]
[TestFixture("httplistener", "4MiB")]
[TestFixture("kestrel", "4096")]
[TestFixture("kestrel", "4MiB")]
public sealed class TinyChunkTests(string engine, string buffer)
{
    private const int Length = 20_000;
    private const string FormType = "multipart/form-data; boundary=b";

    private TempFolder _folder;
    private DaemonProcess _daemon;

    [OneTimeSetUp]
    public void StartDaemon()
    {
        _folder = new TempFolder();
        File.WriteAllText(Path.Join(_folder.Path, "filestore.json"),
            """{ "jobs": { "enabled": true }, "tasks": { "items": [ { "id": 1, "name": "a" } ] }, "relay": { "upstream": "http://127.0.0.1:9/upload" } }""");
        _daemon = DaemonProcess.StartUnder(["prlimit", "--stack=262144", "env", "DOTNET_Thread_DefaultStackSize=40000"], // hexadecimal: 256 KiB
            _folder.Path, "--engine", engine, "--buffer", buffer, "--durability", "none");
    }

    [OneTimeTearDown]
    public void StopDaemon()
    {
        _daemon.Dispose();
        _folder.Dispose();
    }

    private static IEnumerable<TestCaseData> Chunkings()
    {
        foreach (var (least, most) in ((int, int)[])[(1, 1), (2, 2), (1, 3), (7, 9), (1, 100), (1, 5000), (4095, 4097)])
        {
            yield return Case("POST /", 200, "POST", "/", "", Sample.Random(Length).Bytes);
            yield return Case("POST /files", 201, "POST", "/files", "", Sample.Random(Length).Bytes);
            var named = Sample.Random(Length);
            yield return Case("PUT /files/{hash}", 201, "PUT", $"/files/{named.Hash}", "", named.Bytes);
            yield return Case("form", 200, "POST", "/", FormType, Form(Sample.Random(Length).Bytes));
            yield return Case("/upload", 200, "POST", "/upload", FormType, Form(Sample.Random(Length).Bytes));
            yield return Case("/upload1", 502, "POST", "/upload1", FormType, Form(Sample.Random(Length).Bytes));
            yield return Case("/upload2", 403, "POST", "/upload2", "application/json", Padded("{\"somefile\":\"/etc/hostname\"}"));
            yield return Case("job", 202, "POST", "/api/jobs", "application/json", Padded("{\"command\":\"true\"}"));
            yield return Case("report", 200, "POST", "/xyz/api/cleaner/tasks/report?id=1", "text/plain", Sample.Random(Length).Bytes);
            yield return Case("report as a form", 200, "POST", "/xyz/api/cleaner/tasks/report?id=1", FormType, Form(Sample.Random(Length).Bytes));
            yield return Case("refused", 404, "POST", "/nowhere", "", new byte[Length]);

            TestCaseData Case(string name, int status, string method, string path, string type, byte[] body) =>
                new(status, method, path, type, body, least, most) { TestName = $"A_body_in_small_chunks_is_read({name} in chunks of {least} to {most})" };
        }
    }

    [TestCaseSource(nameof(Chunkings))]
    public void A_body_in_small_chunks_is_read(int status, string method, string path, string type, byte[] body, int least, int most)
    {
        using var socket = _daemon.Connect();
        socket.SendText($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{(type.Length > 0 ? $"Content-Type: {type}\r\n" : "")}\r\n");
        socket.SendAll(Chunked(body, least, most));

        var answer = socket.ReadAnswer()!;

        answer.Status.Should().Be(status, answer.Text);
        if (path is "/" or "/files" && type.Length == 0)
            answer.Text.Should().Be(Bytes.HashOf(body));
        _daemon.HasExited.Should().BeFalse();
    }

    [Test]
    public void Two_million_chunks_take_no_memory()
    {
        const int many = 2_000_000;
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\r\nx\r\n", many / 20)));
        var before = ProcessUse.Memory(_daemon.Pid);
        using var socket = _daemon.Connect();
        socket.SendText("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (var i = 0; i < 20; i++)
            socket.SendAll(piece);
        socket.SendText("0\r\n\r\n");

        socket.ReadAnswer(timeoutSeconds: 60)!.Text.Should().Be(Bytes.HashOf(Encoding.ASCII.GetBytes(new string('x', many))));
        (ProcessUse.Memory(_daemon.Pid) - before).Should().BeLessThan(100 << 20);
    }

    [Test]
    public void Thousands_of_chunked_requests_on_one_connection_are_answered_in_turn()
    {
        const int many = 1500;
        using var socket = _daemon.Connect();
        var sending = Task.Run(() => socket.SendText(string.Concat(Enumerable.Repeat(
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", many))));

        for (var i = 0; i < many; i++)
            socket.ReadAnswer()!.Text.Should().Be(Sample.Of("hi").Hash);
        sending.Wait();
    }

    private static byte[] Form(byte[] file) =>
        [.. "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.gz\"\r\n\r\n"u8, .. file, .. "\r\n--b--\r\n"u8];

    private static byte[] Padded(string json) => Encoding.UTF8.GetBytes(json + new string(' ', Length));

    private static byte[] Chunked(byte[] body, int least, int most)
    {
        var random = new Random(1);
        var chunks = new MemoryStream();
        for (var at = 0; at < body.Length;)
        {
            var count = Math.Min(random.Next(least, most + 1), body.Length - at);
            chunks.Write(Encoding.ASCII.GetBytes($"{count:x}\r\n"));
            chunks.Write(body, at, count);
            chunks.Write("\r\n"u8);
            at += count;
        }

        chunks.Write("0\r\n\r\n"u8);
        return chunks.ToArray();
    }
}

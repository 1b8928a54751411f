using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Requests that were valid once, damaged at random: whatever comes, the daemon answers HTTP, and is well afterwards.</summary>
public sealed class FuzzStories(string engine) : DaemonFixture(engine, "--durability", "none")
{
    private const int Connections = 4;

    private static readonly string[] Dictionary =
    [
        "\r\n", "\r\n\r\n", "\n", "\r", "\0", " ", "\t", ":", ";", ",", "=", "\"", "*", "%", "%00", "%ff", "%0d%0a", "?", "&", "/", "..", "\u00ff\u00fe",
        "HTTP/1.0", "HTTP/2.0", "GET ", "HEAD ", "POST ", "OPTIONS ", "Host: h\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n",
        "Transfer-Encoding: chunked\r\n", "Content-Length: 0\r\n", "Content-Length: 5\r\n", "Content-Length: 99999999999999999\r\n", "Expect: 100-continue\r\n",
        "0\r\n\r\n", "5\r\nhello\r\n", "ffffffff\r\n", "--b", "\r\n--b--\r\n", "filename*=UTF-8''%ff", "name=", "limit=", "bytes=", "-1", "18446744073709551616",
        "W/", "sha-256=:AAAA:", "multipart/form-data; boundary=b", new string('A', 5000), string.Concat(Enumerable.Repeat("X: y\r\n", 60)),
    ];

    private byte[][] _valid;

    [OneTimeSetUp]
    public async Task WriteValidRequests()
    {
        var file = Sample.Random(3000);
        await StoreAsync(file.Bytes);
        const string form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        var hello = Convert.ToBase64String(Convert.FromHexString(Sample.Of("hello").Hash));
        _valid = Array.ConvertAll((string[])
        [
            "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET http://h:80/healthz HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
            $"GET /files?limit=10&after={file.Hash} HTTP/1.1\r\nHost: h\r\nAccept: application/json\r\n\r\n",
            $"GET /?file_hash={file.Hash}&name=%D1%84%20a.pdf HTTP/1.1\r\nHost: h\r\nUser-Agent: fuzz\r\n\r\n",
            $"GET /files/{file.Hash} HTTP/1.1\r\nHost: h\r\nRange: bytes=10-99\r\nIf-Range: \"{file.Hash}\"\r\n\r\n",
            $"GET /files/{file.Hash} HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"a\", W/\"{file.Hash}\"\r\nIf-Modified-Since: Sat, 21 Nov 2026 00:00:00 GMT\r\n\r\n",
            $"HEAD /files/{file.Hash}?name=a.txt HTTP/1.1\r\nHost: h\r\nIf-Match: \"{file.Hash}\"\r\n\r\n",
            $"DELETE /files/{Sample.Of("nobody has this").Hash} HTTP/1.1\r\nHost: h\r\n\r\n",
            $"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nRepr-Digest: sha-256=:{hello}:\r\nContent-MD5: XUFAKrxLKna5cZ2REBfFkg==\r\n\r\nhello",
            $"POST /files HTTP/1.1\r\nHost: h\r\nAccept: application/json;q=0.5, text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n",
            $"POST /files HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{string.Concat(Enumerable.Range(1, 40).Select(size => $"1\r\nx\r\n{size:x}\r\n{new string('y', size)}\r\n"))}0\r\n\r\n",
            $"PUT /files/{Sample.Of("hello").Hash} HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\nContent-Length: 5\r\n\r\nhello",
            $"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {form.Length}\r\n\r\n{form}",
            $"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        ], Encoding.Latin1.GetBytes);
    }

    [Test]
    public Task Five_thousand_damaged_requests_do_no_harm() => FuzzAsync(5_000, Mutator.Seed());

    [Test, Category("Long")]
    public Task A_hundred_thousand_damaged_requests_do_no_harm() => FuzzAsync(100_000, Mutator.Seed(isNew: true));

    private async Task FuzzAsync(int requests, int seed)
    {
        var memory = ProcessUse.Memory(Daemon.Pid);
        var statuses = new ConcurrentDictionary<int, int>();
        await Parallel.ForAsync(0, requests, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (connection, _) =>
        {
            var mutator = new Mutator(HashCode(seed, connection), Dictionary);
            byte[] sent = [.. mutator.Pick(_valid), .. mutator.Mutate(mutator.Pick(_valid)), .. mutator.Pick(_valid)];
            var answers = await Task.Run(() => Exchange(sent), CancellationToken.None);
            Fault(answers, status => statuses.AddOrUpdate(status, 1, (_, count) => count + 1)).Should().BeNull("of what was answered to this, sent on connection {0} of seed {1}:\n{2}\n\nnamely\n{3}",
                connection, seed, Shown(sent), Shown(answers));
        });

        TestContext.Out.WriteLine(string.Join(", ", statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        statuses.Keys.Should().Contain([200, 206, 304, 400, 404, 412], "the damage reaches every floor");
        Daemon.HasExited.Should().BeFalse();
        Daemon.LogText.Should().NotContain(" ERROR ").And.NotContain("   at ", "no exception is told of");
        (ProcessUse.Memory(Daemon.Pid) - memory).Should().BeLessThan(200 << 20);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        var probe = Sample.Random(100_000);
        (await StoreAsync(probe.Bytes)).Should().Be(probe.Hash);
        (await Client.GetByteArrayAsync($"/files/{probe.Hash}")).Should().Equal(probe.Bytes);
    }

    private byte[] Exchange(byte[] sent)
    {
        using var socket = Daemon.Connect();
        try
        {
            socket.SendAll(sent);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Refused before the end, as it may be.
        }

        return socket.ReadToEnd();
    }

    /// <summary>What is wrong with the answers; null if they are HTTP, each as long as it says, and none of them a 500.</summary>
    private static string? Fault(byte[] answers, Action<int> count)
    {
        for (var at = 0; at < answers.Length;)
        {
            var rest = answers.AsSpan(at);
            var head = rest.IndexOf("\r\n\r\n"u8) + 4;
            if (!rest.StartsWith("HTTP/1.1 "u8) || head < 4)
                return $"at byte {at} there is no head of HTTP/1.1";
            var answer = new RawAnswer(int.Parse(rest[9..12]), Encoding.Latin1.GetString(rest[..head]), []);
            count(answer.Status);
            if (answer.Status == 500)
                return "one is a failure";
            var length = answer.Status is 100 or 304 ? 0 : int.Parse(answer.Field("Content-Length")!);
            var isToHead = head == rest.Length || rest[head..].StartsWith("HTTP/1.1 "u8);
            if (!isToHead && length > rest.Length - head)
                return $"the one at byte {at} is cut";
            at += isToHead ? head : head + length;
        }

        return null;
    }

    private static int HashCode(int seed, int connection) => unchecked((seed * 1_000_003) + connection);

    private static string Shown(byte[] bytes) =>
        string.Concat(Encoding.Latin1.GetString(bytes).Select(c => c is >= ' ' and <= '~' or '\n' ? c.ToString() : c == '\r' ? "" : $"\\x{(int)c:x2}"));
}

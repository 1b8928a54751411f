using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Forms that are received, passed on to another API, and answered as it answers.</summary>
[EngineNeutral]
[Category("Quick")]
public sealed class RelayStories(string engine) : RelayFixture(engine, "", "--max-upload", "4MB")
{
    private const int Limit = 4_000_000;

    [Test]
    public async Task A_file_is_passed_on_and_kept()
    {
        var content = Bytes.Random(300_000, 1);

        using var answer = await PostAsync("/upload1", Part("before"u8.ToArray(), "name=\"я\"", ""), Part(content, "name=\"файл\"; filename=\"отчёт за май.gz\""), Part("after"u8.ToArray(), "name=\"b\"", ""));

        (answer.Status(), await answer.TextAsync(), answer.Field("Content-Type")).Should().Be((200, "done", "text/plain"));
        Forms.Single().Should().Contain(Latin1("name=\"файл\"; filename=\"отчёт за май.gz\"\r\n")).And.Contain("Content-Type: application/gzip")
            .And.Contain($"\r\n\r\n{Encoding.Latin1.GetString(content)}\r\n--").And.Contain(Latin1("name=\"я\"\r\n\r\nbefore\r\n")).And.Contain("name=\"b\"\r\n\r\nafter\r\n");
        Upstream.Requests[^1].Should().Contain("\r\nX-Key: k\r\n");
        Store.Read(Md5(content)).Should().Equal(content);
        await ShouldLeaveNothingAsync();
    }

    [TestCase(200)]
    [TestCase(201)]
    [TestCase(302)]
    [TestCase(400)]
    [TestCase(404)]
    [TestCase(422)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task The_upstreams_response_comes_without_hop_by_hop_and_site_headers(int status)
    {
        var words = Bytes.Of("{\"слова\": \0\u0001}");
        Answer((stream, _, ct) => stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status} Whatever\r\nContent-Length: {words.Length}\r\nContent-Type: application/vnd.x+json; a=b\r\nContent-Language: ru\r\nLocation: /there\r\nRetry-After: 7\r\n"
            + "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Disposition: attachment; filename=\"x\"\r\nSet-Cookie: a=b\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n"
            + "Server: other\r\nX-Powered-By: other\r\nAccess-Control-Allow-Origin: *\r\nContent-Security-Policy: script-src *\r\nX-Request-Id: theirs\r\n\r\n"), .. words], ct).AsTask());

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = Daemon.Url };
        using var answer = await client.SendAsync("POST", "/upload1", new ByteArrayContent([.. Part([1]), .. End]), ("Content-Type", FormType));

        answer.Status().Should().Be(status);
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(words);
        var fields = answer.LastingFields();
        (fields["Content-Type"], fields["Content-Language"], fields["Location"], fields["Retry-After"], fields["WWW-Authenticate"], fields["Content-Disposition"])
            .Should().Be(("application/vnd.x+json; a=b", "ru", "/there", "7", "Basic realm=\"x\"", "attachment; filename=\"x\""));
        fields.Keys.Should().NotContain(["Set-Cookie", "X-Hop", "X-Powered-By", "Access-Control-Allow-Origin"]);
        (fields["Content-Security-Policy"], fields["X-Content-Type-Options"], fields["Server"]).Should().Be(("sandbox; default-src 'none'", "nosniff", "filestore"));
        answer.Field("X-Request-Id").Should().NotBe("theirs");
    }

    [Test]
    public async Task A_name_in_raw_UTF_8_comes_in_ASCII()
    {
        Answer((stream, _, ct) => stream.WriteAsync(Bytes.Of(
            "HTTP/1.1 302 X\r\nContent-Length: 0\r\nContent-Disposition: attachment; filename=\"ж.txt\"\r\nLocation: /ж\r\n\r\n"), ct).AsTask());

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = Daemon.Url };
        using var answer = await client.SendAsync("POST", "/upload1", new ByteArrayContent([.. Part([1]), .. End]), ("Content-Type", FormType));

        answer.Field("Content-Disposition").Should().Be("attachment; filename=_.txt; filename*=UTF-8''%D0%B6.txt");
        answer.Field("Location").Should().Be("/%D0%B6");
    }

    [Test]
    public async Task A_204_of_the_upstream_arrives_without_a_length()
    {
        Answer("HTTP/1.1 204 No Content\r\nX: y\r\n\r\n");

        using var answer = await PostAsync("/upload1", Part([1]));

        (answer.Status(), await answer.TextAsync(), answer.Field("Content-Length"), answer.Field("Content-Type")).Should().Be((204, "", null, null));
    }

    [Test]
    public async Task A_205_with_a_body_comes_whole()
    {
        Answer("HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello");

        using var answer = await PostAsync("/upload1", Part([1]));

        (answer.Status(), await answer.TextAsync()).Should().Be((200, "hello"));
    }

    [TestCase("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")]
    [TestCase("HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n")]
    [TestCase("HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")]
    [TestCase("")]
    public async Task A_broken_response_of_the_upstream_is_a_502(string bytes)
    {
        Answer(bytes);
        var before = Upstream.Connections;

        using var answer = await PostAsync("/upload1", Part([1]));

        await answer.ShouldBeProblemAsync(502);
        Upstream.Connections.Should().Be(before + 1);
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task A_large_answer_without_a_length_comes_whole()
    {
        var large = Bytes.Random(5_000_000, 2);
        Answer((stream, _, ct) => SendChunksAsync(stream, large, "0\r\n\r\n", ct));

        using var answer = await PostAsync("/upload1", Part([1]));

        answer.Field("Content-Length").Should().Be("5000000");
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(large);
        Store.Has(Md5(large)).Should().BeFalse("an answer is no upload");
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task A_large_response_that_is_cut_is_a_502()
    {
        Answer((stream, _, ct) => SendChunksAsync(stream, Bytes.Random(5_000_000, 2), "", ct));

        using var answer = await PostAsync("/upload1", Part([1]));

        await answer.ShouldBeProblemAsync(502);
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public async Task Many_at_once_get_their_own_answers()
    {
        Answer((stream, form, ct) =>
        {
            var name = form.Split("filename=\"")[1].Split('"')[0];
            return stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {name.Length}\r\n\r\n{name}"), ct).AsTask();
        });

        var names = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i =>
        {
            using var answer = await PostAsync("/upload1", Part(Bytes.Random(50_000, i), $"name=\"f\"; filename=\"{i}.gz\""));
            return await answer.TextAsync();
        }));

        names.Should().Equal(Enumerable.Range(0, 30).Select(i => $"{i}.gz"));
        await ShouldLeaveNothingAsync();
    }

    [Test]
    public void A_client_that_leaves_in_the_middle_was_never_there()
    {
        var before = Upstream.Connections;
        using (var socket = Daemon.Connect())
        {
            var part = Part(Bytes.Random(500_000, 3));
            socket.SendText($"POST /upload1 HTTP/1.1\r\nHost: h\r\nContent-Type: {FormType}\r\nContent-Length: {part.Length + 1000}\r\n\r\n");
            socket.SendAll(part);
            Eventually.Until(() => Store.Incoming.Length == 1, "it is received");
            socket.Reset();
        }

        Eventually.Until(() => Store.Incoming.Length == 0, "nothing is left");
        Upstream.Connections.Should().Be(before);
        Store.Has(Md5(Bytes.Random(500_000, 3))).Should().BeFalse();
    }

    [Test]
    public async Task A_client_that_leaves_before_the_answer_has_posted_all_the_same()
    {
        var content = Bytes.Random(1000, 4);
        var left = new TaskCompletionSource();
        Answer(async (stream, _, ct) =>
        {
            await left.Task.WaitAsync(ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Posting.Done), ct);
        });
        byte[] body = [.. Part(content), .. End];
        using (var socket = Daemon.Connect())
        {
            socket.SendText($"POST /upload1 HTTP/1.1\r\nHost: h\r\nContent-Type: {FormType}\r\nContent-Length: {body.Length}\r\n\r\n");
            socket.SendAll(body);
            Eventually.Until(() => Forms.Length == 1, "it is passed on");
            socket.Reset();
        }

        left.SetResult();

        Eventually.Until(() => Daemon.LogText.Contains("relayed a.gz, 1000 B, to "), "it ends as it would have");
        Store.Has(Md5(content)).Should().BeTrue();
        await ShouldLeaveNothingAsync();
    }

    [TestCase("/upload")]
    [TestCase("/upload1")]
    public async Task A_file_that_is_too_large_is_refused(string path)
    {
        var (fits, tooLarge) = (Bytes.Random(Limit, 5), Bytes.Random(Limit + 1, 6));

        using (var answer = await PostAsync(path, Part(fits)))
            answer.Status().Should().Be(200);
        var before = Upstream.Connections;
        using (var answer = await PostAsync(path, Part(tooLarge)))
            (await (await answer.ShouldBeProblemAsync(413)).TextAsync()).Should().Contain($"{Limit}");
        using (var answer = await Client.SendAsync("POST", path, Responses.Chunked([.. Part(tooLarge), .. End]), ("Content-Type", FormType)))
            await answer.ShouldBeProblemAsync(413);

        Upstream.Connections.Should().Be(before);
        (Store.Has(Md5(fits)), Store.Has(Md5(tooLarge))).Should().Be((true, false));
        await ShouldLeaveNothingAsync();
    }

    [TestCase("/upload")]
    [TestCase("/upload1")]
    public async Task Other_bytes_of_the_same_hash_are_refused(string path)
    {
        var (one, other) = (Md5Collision.One, Md5Collision.Other);
        using (var answer = await PostAsync("/upload", Part(one)))
            answer.Status().Should().Be(200);
        var before = Upstream.Connections;

        using (var answer = await PostAsync(path, Part(other)))
            await answer.ShouldBeProblemAsync(409);

        Upstream.Connections.Should().Be(before);
        Store.Read(Md5(other)).Should().Equal(one);
        await ShouldLeaveNothingAsync();
    }

    private static async Task SendChunksAsync(Stream stream, byte[] content, string end, CancellationToken ct)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), ct);
        foreach (var chunk in content.Chunk(300_000))
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8], ct);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(end), ct);
    }

    private static string Latin1(string text) => Encoding.Latin1.GetString(Bytes.Of(text));

    private async Task ShouldLeaveNothingAsync() => (await Store.HasNothingIncomingAsync()).Should().BeTrue();
}

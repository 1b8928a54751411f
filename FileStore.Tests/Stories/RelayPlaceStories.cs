using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Files of this machine and of other hosts that are passed on by their place, and not kept.</summary>
[EngineNeutral]
public sealed class RelayPlaceStories(string engine) : RelayFixture(engine, "", "--max-upload", "4MB")
{
    private string[] _blobs;

    [SetUp]
    public void LookAtTheStore() => _blobs = Store.Blobs;

    [TearDown]
    public async Task ShouldLeaveNothing()
    {
        Store.Blobs.Should().BeEquivalentTo(_blobs);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("a.gz", "application/gzip", "filename=\"a.gz\"\r\n")]
    [TestCase("отчёт за май.txt", "text/plain", "filename=\"отчёт за май.txt\"\r\n")]
    [TestCase("name", "application/octet-stream", "filename=\"name\"\r\n")]
    public async Task A_file_of_this_machine_is_passed_on(string name, string type, string expected)
    {
        var content = Bytes.Random(200_000, 1);

        using var answer = await PostPlaceAsync(Write(name, content));

        (answer.Status(), await answer.TextAsync()).Should().Be((200, "done"));
        Forms.Single().Should().Contain(Encoding.Latin1.GetString(Bytes.Of($"name=\"somefile\"; {expected}"))).And.Contain($"\r\nContent-Type: {type}\r\n\r\n{Encoding.Latin1.GetString(content)}\r\n--");
    }

    [Test]
    public async Task Files_elsewhere_are_not()
    {
        var outside = Path.Join(Daemon.Home, "outside");
        var names = SpecialFiles.Make(Data, outside);
        try
        {
            foreach (var place in (string[])["/etc/passwd", $"{outside}/canary", $"{Data}/../outside/canary", $"{Data}/link-out", $"{Data}/link-folder/canary", $"{Data}/link-folder/missing", $"{Data}/link-proc",
                "/proc/self/environ", $"{Data}2/a", "/", "//etc/passwd", $"{Data}/a\0", "/missing"])
                await ShouldBeRefusedAsync(403, place);
            foreach (var place in (string[])[$"{Data}/missing", $"{Data}/link-dangling", $"{Data}/link-loop", $"{Data}/folder", $"{Data}/fifo", $"{Data}/socket", Data, $"{Data}/real/", $"{Data}/{new string('x', 5000)}", Data + string.Concat(Enumerable.Repeat("/x", 30_000))])
                await ShouldBeRefusedAsync(404, place);
            (await PostPlaceAsync($"{Data}/link-inside")).Status().Should().Be(200);
            Forms.Should().ContainSingle();
        }
        finally
        {
            foreach (var name in names)
                Command.Run(Data, "rm", "-rf", name);
        }
    }

    [Test]
    public async Task A_backslash_in_a_local_name_does_not_separate_folders()
    {
        (await PostPlaceAsync(Write("a\\b%41.gz", [1]))).Status().Should().Be(200);

        Forms.Single().Should().Contain("filename=\"a\\b%41.gz\"\r\n");
    }

    [Test]
    public async Task A_file_that_changes_while_it_is_read_is_not_passed_on()
    {
        var path = Write("changing", new byte[3_000_000]);
        using var over = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            using var file = File.OpenWrite(path);
            while (!over.IsCancellationRequested)
                file.SetLength(file.Length == 5000 ? 3_000_000 : 5000);
        });

        var statuses = new HashSet<int>();
        for (var i = 0; i < 1000 && !statuses.Contains(409); i++)
        {
            using var answer = await PostPlaceAsync(path);
            statuses.Add(answer.Status());
        }

        await over.CancelAsync();
        await writing;
        statuses.Should().Contain(409).And.BeSubsetOf([200, 409]);
        Forms.Where(form => form.Length is < 5000 or (> 6000 and < 3_000_000)).Should().BeEmpty("whatever was sent was whole");
    }

    [Test]
    public async Task A_name_that_nobody_could_pass_on_is_refused() =>
        await ShouldBeRefusedAsync(400, Write("a\nb", [1]));

    [Test]
    public async Task A_file_of_another_host_is_passed_on()
    {
        var content = Bytes.Random(200_000, 2);
        RemoteAnswer(200, content, "Content-Type: application/x-thing; a=b\r\nSet-Cookie: a=b\r\n");

        using var answer = await PostPlaceAsync($"http://127.0.0.1:{Remote.Port}/a/%D0%BE%D1%82%D1%87%D1%91%D1%82.gz?x=y#z");

        (answer.Status(), await answer.TextAsync()).Should().Be((200, "done"));
        Forms.Single().Should().Contain($"filename=\"{Encoding.Latin1.GetString(Bytes.Of("отчёт.gz"))}\"\r\nContent-Type: application/x-thing; a=b\r\n\r\n").And.Contain($"\r\n\r\n{Encoding.Latin1.GetString(content)}\r\n--");
        Remote.Requests[^1].Should().Be($"GET /a/%D0%BE%D1%82%D1%87%D1%91%D1%82.gz?x=y HTTP/1.1\r\nHost: 127.0.0.1:{Remote.Port}\r\nConnection: close\r\n\r\n");
    }

    [TestCase("filename=\"Привет.txt\"", "Привет.txt")]
    [TestCase("filename=Привет.txt", "Привет.txt")]
    [TestCase("filename=\"C:\\dir\\ж.txt\"", "ж.txt")]
    [TestCase("filename*=UTF-8''%D0%B6.txt; filename=x", "ж.txt")]
    [TestCase("filename=\"a\u0001b\"", "u.gz", Description = "no name that could be passed on")]
    [TestCase("filename=\"ж", "u.gz")]
    [TestCase("filename=\"\"", "u.gz")]
    public async Task A_remote_name_is_read_as_UTF_8_or_gives_way_to_the_URLs(string parameter, string name)
    {
        RemoteBytes = Bytes.Of($"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Disposition: attachment; {parameter}\r\n\r\n1");

        using var answer = await PostPlaceAsync($"http://127.0.0.1:{Remote.Port}/u.gz");

        answer.Status().Should().Be(200, await answer.TextAsync());
        Forms.Single().Should().Contain($"; filename=\"{Encoding.Latin1.GetString(Bytes.Of(name))}\"\r\n");
    }

    [Test]
    public async Task A_remote_name_that_is_not_UTF_8_is_read_as_Latin_1()
    {
        RemoteBytes = Encoding.Latin1.GetBytes("HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Disposition: attachment; filename=\"caf\u00e9.txt\"\r\n\r\n1");

        (await PostPlaceAsync($"http://127.0.0.1:{Remote.Port}/u.gz")).Status().Should().Be(200);

        Forms.Single().Should().Contain($"; filename=\"{Encoding.Latin1.GetString(Bytes.Of("café.txt"))}\"\r\n");
    }

    [TestCase("/", "somefile")]
    [TestCase("/folder/", "somefile")]
    [TestCase("/a%2Fb", "b")]
    [TestCase("/..%5c..%5cb.gz", "b.gz")]
    public async Task It_has_the_last_name_of_its_URL_or_that_of_the_field(string path, string name)
    {
        RemoteAnswer(200, [1]);

        using var answer = await PostPlaceAsync($"http://127.0.0.1:{Remote.Port}{path}");

        answer.Status().Should().Be(200);
        Forms.Single().Should().Contain($"; filename=\"{name}\"\r\n");
    }

    [TestCase(403, "http://127.0.0.1:1/a")]
    [TestCase(403, "http://127.0.0.1/a")]
    [TestCase(403, "http://localhost:PORT/a")]
    [TestCase(403, "http://[::1]:PORT/a")]
    [TestCase(403, "http://user@127.0.0.1:PORT/a")]
    [TestCase(403, "http://169.254.169.254/latest/meta-data/")]
    [TestCase(403, "ftp://127.0.0.1:PORT/a")]
    [TestCase(403, "gopher://127.0.0.1:PORT/a")]
    [TestCase(403, "file:///etc/passwd")]
    [TestCase(400, "http://127.0.0.1:PORT/a%0d%0ab")]
    [TestCase(400, "a.gz")]
    [TestCase(400, "./a.gz")]
    [TestCase(400, "http://")]
    [TestCase(400, "http://127.0.0.1:99999/")]
    [TestCase(400, "http://evil.example\\@127.0.0.1:PORT/")]
    [TestCase(403, " /etc/passwd")]
    public async Task Other_hosts_are_not_asked(int status, string place)
    {
        var before = Remote.Connections;
        RemoteAnswer(200, "secret"u8.ToArray());

        await ShouldBeRefusedAsync(status, place.Replace("PORT", $"{Remote.Port}", StringComparison.Ordinal));

        if (status == 403)
            Remote.Connections.Should().Be(before);
    }

    [TestCase(404, 404, "")]
    [TestCase(410, 404, "")]
    [TestCase(500, 502, "")]
    [TestCase(206, 502, "")]
    [TestCase(302, 403, "Location: http://127.0.0.1:1/\r\n")]
    [TestCase(302, 403, "Location: file:///etc/passwd\r\n")]
    [TestCase(302, 502, "Location: /again\r\n")]
    [TestCase(302, 502, "Location: //\r\n")]
    public async Task A_remote_error_or_forbidden_redirect_is_not_passed_on(int status, int expected, string fields)
    {
        RemoteAnswer(status, "secret words"u8.ToArray(), fields);

        await ShouldBeRefusedAsync(expected, $"http://127.0.0.1:{Remote.Port}/a.gz");
    }

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")]
    [TestCase("junk")]
    [TestCase("")]
    public async Task A_remote_file_that_does_not_come_whole_is_not_passed_on(string bytes)
    {
        RemoteBytes = Encoding.ASCII.GetBytes(bytes);

        await ShouldBeRefusedAsync(502, $"http://127.0.0.1:{Remote.Port}/a.gz");
    }

    [Test]
    public async Task A_file_above_the_limit_is_not_passed_on()
    {
        await ShouldBeRefusedAsync(413, Write("large.gz", new byte[4_000_001]));
        RemoteBytes = "HTTP/1.1 200 OK\r\nContent-Length: 4000001\r\n\r\n"u8.ToArray();
        await ShouldBeRefusedAsync(413, $"http://127.0.0.1:{Remote.Port}/a.gz");
        RemoteBytes = [.. "HTTP/1.1 200 OK\r\n\r\n"u8, .. new byte[4_000_001]];
        await ShouldBeRefusedAsync(413, $"http://127.0.0.1:{Remote.Port}/a.gz");
    }

    [Test]
    public async Task A_body_that_names_no_place_is_refused()
    {
        foreach (var (status, type, body) in ((int, string, string)[])
            [(415, "application/json; charset=utf-8; charset=utf-16", "{}"), (415, "text/plain", "{}"), (415, "multipart/form-data; boundary=b", "{}"), (400, "application/json", "{}"), (400, "application/json", "x"),
             (400, "application/json; charset=ascii", "{\"somefile\":\"/я\"}"), (413, "application/json", new string(' ', 70_000))])
        {
            using var answer = await PostRawAsync("/upload2", Bytes.Of(body), type);
            await answer.ShouldBeProblemAsync(status);
        }

        Forms.Should().BeEmpty();
    }

    [Test]
    public async Task An_error_of_the_upstream_is_the_answer_and_nothing_is_kept()
    {
        Answer("HTTP/1.1 507 X\r\nContent-Length: 4\r\n\r\nfull");

        using var answer = await PostPlaceAsync(Write("full.gz", [1]));

        (answer.Status(), await answer.TextAsync()).Should().Be((507, "full"));
    }

    private async Task ShouldBeRefusedAsync(int status, string place)
    {
        using var answer = await PostPlaceAsync(place);
        (await (await answer.ShouldBeProblemAsync(status)).TextAsync()).Should().NotContain("secret").And.NotContain(SpecialFiles.Canary);
        Forms.Should().BeEmpty(place);
    }
}

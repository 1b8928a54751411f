using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Archives made in the background, and the calls that tell of them.</summary>
[EngineNeutral]
public sealed class ExportTarStories(string engine) : ExportFixture(engine)
{
    private const string Missing = "ERROR - CALLBACK PARAMETERS ARE MISSING: ";

    [Test]
    public async Task An_archive_is_made_and_its_end_is_told()
    {
        var content = WriteRandom("db-dump.sql", 300_000);
        using var trap = Trap.Answering(200, "pong");

        using var answer = await Client.GetAsync(Tar("db-dump.sql", trap.Port));

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("text/plain; charset=utf-8");
        (await answer.TextAsync()).Should().Be("working ...");
        Eventually.Until(() => Daemon.LogText.Contains("answered 200: pong"), "the call is answered");
        trap.Requests.Should().Equal($"GET /ping?id=A1 HTTP/1.1\r\nHost: 127.0.0.1:{trap.Port}\r\nConnection: close\r\n\r\n");
        Daemon.LogText.Should().Contain($"INFO callback http://127.0.0.1:{trap.Port}/ping?id=A1 answered 200: pong")
            .And.Contain("export dir_1: packed db-dump.sql to db-dump.tgz, ");
        Archives.Untar(await Client.GetByteArrayAsync(PathOf("get", "db-dump.tgz"))).ShouldBe("db-dump.sql", content);
        Archives.ShouldBeWhole(this["db-dump.tgz"]);
        Names().Should().Equal("db-dump.sql", "db-dump.tgz");
    }

    [TestCase("отчёт за май 😀.sql", "отчёт за май 😀.tgz")]
    [TestCase("Makefile", "Makefile.tgz")]
    [TestCase("a.b.c", "a.b.tgz")]
    public async Task It_is_called_after_the_file(string name, string archive)
    {
        Write(name, "content");
        using var trap = Trap.Answering(200);

        await Client.GetStringAsync(Tar(name, trap.Port));

        Eventually.Until(() => trap.Connections == 1, "it is told");
        (await ListAsync()).Should().BeEquivalentTo([name, archive]);
    }

    [Test]
    public void Missing_parameters_are_named_in_the_reason_too()
    {
        Write("a.sql");
        string[] names = ["host", "port", "path"];
        for (var given = 0; given < 7; given++)
        {
            var query = string.Concat(names.Where((_, i) => (given & (1 << i)) != 0).Select(name => $"&{name}=/1"));
            var expected = Missing + string.Join(", ", names.Where((_, i) => (given & (1 << i)) == 0));

            var without = string.Concat(names.Where((_, i) => (given & (1 << i)) == 0).Select(name => $"&{name}="));
            foreach (var empty in (string[])["", without])
            {
                var answer = Daemon.Ask($"GET /tar?dir=dir_1&name=a.sql{query}{empty} HTTP/1.1\r\nHost: h\r\n\r\n").ShouldBeProblem(400);
                answer.Head.Split("\r\n")[0].Should().Be($"HTTP/1.1 400 {expected}");
                answer.Text.Should().Contain($"\"detail\":\"{expected}\"");
            }
        }

        Names().Should().Equal("a.sql");
    }

    [TestCase(400, "")]
    [TestCase(400, "dir=dir_1")]
    [TestCase(400, "name=a.sql")]
    [TestCase(404, "dir=unknown&name=a.sql")]
    [TestCase(404, "dir=dir_1&name=b.sql")]
    [TestCase(404, "dir=dir_1&name=.hidden")]
    [TestCase(404, "dir=dir_1&name=a.sql%00")]
    [TestCase(400, "dir=dir_1&name=a.tgz")]
    public async Task A_tar_request_without_a_file_to_pack_is_refused_at_once(int status, string query)
    {
        foreach (var name in (string[])["a.sql", "a.tgz", ".hidden"])
            Write(name);
        using var trap = Trap.Answering(200);

        using var answer = await Client.GetAsync($"/tar?{query}&host=127.0.0.1&port={trap.Port}&path=/");

        await answer.ShouldBeProblemAsync(status);
        trap.Connections.Should().Be(0);
        Names().Should().Equal(".hidden", "a.sql", "a.tgz");
    }

    [Test]
    public async Task A_name_that_has_no_room_for_its_new_extension_is_refused_at_once()
    {
        var name = new string('x', 255);
        Write(name);

        using var answer = await Client.GetAsync(Tar(name, 1));

        await answer.ShouldBeProblemAsync(400);
    }

    [TestCase(403, "0.0.0.0")]
    [TestCase(403, "[::]")]
    [TestCase(403, "10.0.0.1")]
    [TestCase(403, "169.254.169.254")]
    [TestCase(403, "192.0.2.1")]
    [TestCase(403, "no-such-host.invalid")]
    [TestCase(400, "user@127.0.0.1")]
    [TestCase(400, "127.0.0.1/x")]
    [TestCase(400, "http://127.0.0.1")]
    [TestCase(400, "127.0.0.1%0d%0aX:1")]
    public async Task Other_hosts_are_not_called(int status, string host)
    {
        Write("a.sql");
        using var trap = Trap.Answering(200);

        using var answer = await Client.GetAsync(Tar("a.sql", trap.Port, host));

        await answer.ShouldBeProblemAsync(status);
        (trap.Connections, Names().Length).Should().Be((0, 1));
    }

    [TestCase("X-Forwarded-For: 192.0.2.1")]
    [TestCase("Forwarded: for=127.0.0.1")]
    [TestCase("Via: 1.1 proxy")]
    public void Clients_of_a_proxy_have_no_address(string field)
    {
        Write("a.sql");
        using var trap = Trap.Answering(200);

        Daemon.Ask($"GET {Tar("a.sql", trap.Port)} HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n").ShouldBeProblem(403);

        (trap.Connections, Names().Length).Should().Be((0, 1));
    }

    [Test]
    public async Task HEAD_only_looks()
    {
        Write("a.sql");
        using var trap = Trap.Answering(200);

        using var head = await Client.SendAsync("HEAD", Tar("a.sql", trap.Port));
        using var absent = await Client.SendAsync("HEAD", Tar("b.sql", trap.Port));

        (head.Status(), absent.Status()).Should().Be((200, 404));
        Write("later.sql");
        using var later = Trap.Answering(200);
        await Client.GetStringAsync(Tar("later.sql", later.Port));
        Eventually.Until(() => later.Connections == 1, "what would have begun before has ended");
        Names().Should().Equal("a.sql", "later.sql", "later.tgz");
        trap.Connections.Should().Be(0);
    }

    [Test]
    public async Task The_same_archive_is_not_made_twice_at_once()
    {
        WriteSparse("a.sql", 1L << 29);
        Write("a.log", "a.log");
        Write("b.sql");
        using var trap = Trap.Answering(200);
        await Client.GetStringAsync(Tar("a.sql", trap.Port));
        Eventually.Until(() => Names().Length == 4, "packing has begun");

        foreach (var name in (string[])["a.sql", "a.log"])
        {
            using var refused = await Client.GetAsync(Tar(name, trap.Port));
            (await refused.ShouldBeProblemAsync(409)).Status().Should().Be(409);
        }

        (await Client.GetStringAsync(Tar("b.sql", trap.Port))).Should().Be("working ...");
        Eventually.Until(() => trap.Connections == 2, "both are made");
        (await Client.GetStringAsync(Tar("a.log", trap.Port))).Should().Be("working ...");
        Eventually.Until(() => trap.Connections == 3, "then it is made again");
        Archives.Untar(await File.ReadAllBytesAsync(this["a.tgz"])).Name.Should().Be("a.log");
    }

    [Test]
    public async Task A_callback_that_hangs_does_not_keep_the_archive_from_being_made_again()
    {
        Write("a.sql");
        using var hanging = Trap.Hanging();
        await Client.GetStringAsync(Tar("a.sql", hanging.Port));
        Eventually.Until(() => hanging.Connections == 1, "the call hangs");

        using var trap = Trap.Answering(200);
        (await Client.GetStringAsync(Tar("a.sql", trap.Port))).Should().Be("working ...");

        Eventually.Until(() => trap.Connections == 1, "it is made and told");
    }

    [Test]
    public async Task A_failure_of_the_other_end_is_tried_again_and_nobody_waits()
    {
        Write("a.sql");
        using var trap = Trap.Answering(500, "a\r\n\u001b[31mb");
        await Client.GetStringAsync(Tar("a.sql", trap.Port));

        while (trap.Connections < 3)
            (await ListAsync().WaitAsync(TimeSpan.FromSeconds(5))).Should().Contain("a.sql");

        Eventually.Until(() => LinesAbout(trap).Length == 3, "every try is logged");
        LinesAbout(trap).Should().OnlyContain(line => line.Contains(" WARNING callback ") && line.EndsWith("answered 500: a   [31mb"));
        Daemon.LogText.Should().NotContain("\u001b");
    }

    [Test]
    public async Task A_file_that_is_cut_meanwhile_is_not_told_of()
    {
        WriteSparse("big.bin", 1L << 30);
        using var trap = Trap.Answering(200);
        await Client.GetStringAsync(Tar("big.bin", trap.Port));
        Eventually.Until(() => Names().Length == 2, "packing has begun");
        (await ListAsync()).Should().Equal("big.bin");

        Write("big.bin", "cut");

        Eventually.Until(() => Daemon.LogText.Contains("ERROR tar dir_1/big.tgz failed: it had 1073741824 bytes"), "the log tells");
        Names().Should().Equal("big.bin");
        trap.Connections.Should().Be(0);
    }

    private string[] LinesAbout(Trap trap) => [.. Daemon.LogText.Split('\n').Where(line => line.Contains(" callback ") && line.Contains($":{trap.Port}/"))];
}

using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Files that do not hold still while they are downloaded, and what a download costs the daemon.</summary>
[EngineNeutral]
public sealed class ExportChangeStories(string engine) : ExportFixture(engine)
{
    private const int Big = 24 << 20; // more than the kernel's buffers take

    [Test]
    public async Task A_file_that_becomes_shorter_is_cut_so_that_it_is_seen()
    {
        WriteRandom("big.bin", Big);
        using var socket = Daemon.Connect(receiveBuffer: 4096);
        socket.SendText($"GET {PathOf("get", "big.bin")} HTTP/1.1\r\nHost: h\r\n\r\n");
        Eventually.Until(() => socket.Available > 0, "the download runs");

        Write("big.bin", "short");

        var answer = socket.ReadAnswer()!;
        answer.Field("Content-Length").Should().Be($"{Big}");
        answer.Body.Length.Should().BeLessThan(Big);
        (await Eventually.HoldsAsync(() => Daemon.LogText.Contains($"it had {Big} bytes and now has at most"))).Should().BeTrue();
        Daemon.LogText.Should().NotContain("   at ");
    }

    [Test]
    public void A_file_that_grows_is_sent_as_it_was_announced()
    {
        var content = WriteRandom("big.bin", Big);
        using var socket = Daemon.Connect();
        socket.SendText($"GET {PathOf("get", "big.bin")} HTTP/1.1\r\nHost: h\r\n\r\nGET {PathOf("get", "big.bin")} HTTP/1.1\r\nHost: h\r\n\r\n");
        Eventually.Until(() => socket.Available > 0, "the download runs");

        File.AppendAllText(this["big.bin"], "more");

        socket.ReadAnswer()!.Body.Should().Equal(content);
        socket.ReadAnswer()!.Body.Should().Equal([.. content, .. "more"u8]);
    }

    [Test]
    public void A_file_that_is_replaced_is_sent_as_it_was()
    {
        var content = WriteRandom("big.bin", Big);
        using var socket = Daemon.Connect();
        socket.SendText($"GET {PathOf("get", "big.bin")} HTTP/1.1\r\nHost: h\r\n\r\n");
        Eventually.Until(() => socket.Available > 0, "the download runs");

        Write("other", "other");
        File.Move(this["other"], this["big.bin"], overwrite: true);

        socket.ReadAnswer()!.Body.Should().Equal(content);
    }

    [Test]
    public async Task Under_a_writer_answers_are_whole_or_seen_to_be_cut()
    {
        Write("a.log");
        using var over = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
                File.WriteAllText(this["a.log"], new string('x', i % 300_000));
        });
        var statuses = new List<int>();
        for (var i = 0; i < 300; i++)
        {
            foreach (var query in (string[])["", "&compress=gz", "&compress=zip"])
            {
                var answer = Daemon.Ask($"GET {PathOf("get", "a.log")}{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
                if (answer is not null)
                    statuses.Add(answer.Status);
            }
        }

        await over.CancelAsync();
        await writing;
        statuses.Should().OnlyContain(status => status == 200 || status == 409).And.Contain(200);
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    [Test]
    public async Task An_empty_file_comes_in_every_form()
    {
        Write("empty");

        (await Client.GetByteArrayAsync(PathOf("get", "empty"))).Should().BeEmpty();
        Archives.Unzip(await Client.GetByteArrayAsync(PathOf("get", "empty") + "&compress=zip")).ShouldBe("empty", []);
        Archives.Gunzip(await Client.GetByteArrayAsync(PathOf("get", "empty") + "&compress=gz")).Should().BeEmpty();
    }

    [Test]
    public async Task Ranges_reach_beyond_4_GiB()
    {
        WriteSparse("huge.bin", (1L << 32) + 5);
        await using (var file = File.OpenWrite(this["huge.bin"]))
        {
            file.Position = 1L << 32;
            file.Write("after"u8);
        }

        using var answer = await Client.SendAsync("GET", PathOf("get", "huge.bin"), null, ("Range", "bytes=4294967296-"));

        answer.Status().Should().Be(206);
        (await answer.TextAsync()).Should().Be("after");
    }

    [Test]
    public async Task Memory_and_files_do_not_grow_with_downloads()
    {
        const int megabytes = 256;
        WriteSparse("warm.bin", 2 << 20);
        WriteSparse("big.bin", (long)megabytes << 20);
        string[] queries = ["", "&compress=zip", "&compress=gz"];
        foreach (var query in queries)
            await Client.GetByteArrayAsync(PathOf("get", "warm.bin") + query);
        var before = ProcessUse.Memory(Daemon.Pid);
        var files = Directory.GetFileSystemEntries($"/proc/{Daemon.Pid}/fd").Length;
        var most = before;

        foreach (var query in queries)
        {
            using var answer = await Client.GetAsync(PathOf("get", "big.bin") + query, HttpCompletionOption.ResponseHeadersRead);
            await using var body = await answer.Content.ReadAsStreamAsync();
            var buffer = new byte[1 << 20];
            while (await body.ReadAsync(buffer) > 0)
                most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
        }

        (most - before).Should().BeLessThan(60 << 20);
        Eventually.Until(() => Directory.GetFileSystemEntries($"/proc/{Daemon.Pid}/fd").Length <= files + 2, "what was opened is closed");
    }

    [Test]
    public async Task Clients_that_leave_take_nothing_with_them()
    {
        WriteSparse("big.bin", 64 << 20);
        await Client.GetByteArrayAsync(PathOf("get", "big.bin"));
        var files = Directory.GetFileSystemEntries($"/proc/{Daemon.Pid}/fd").Length;
        for (var i = 0; i < 20; i++)
        {
            using var socket = Daemon.Connect();
            socket.SendText($"GET {PathOf("get", "big.bin")}{(i % 2 == 0 ? "" : "&compress=gz")} HTTP/1.1\r\nHost: h\r\n\r\n");
            socket.Reset();
        }

        Eventually.Until(() => Directory.GetFileSystemEntries($"/proc/{Daemon.Pid}/fd").Length <= files + 2, "what was opened is closed", seconds: 60);
        (await ListAsync()).Should().Equal("big.bin");
        Daemon.LogText.Should().NotContain(" ERROR ");
    }

    [Test]
    public async Task Packing_for_a_client_that_has_left_ends_and_others_get_their_turn()
    {
        WriteSparse("big.bin", 1L << 36);
        Write("small.txt", "small");
        foreach (var _ in Enumerable.Range(0, 2 * Environment.ProcessorCount))
        {
            using var socket = Daemon.Connect();
            socket.SendText($"GET {PathOf("get", "big.bin")}&compress=gz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }

        (await Client.GetByteArrayAsync($"{PathOf("get", "small.txt")}&compress=gz").WaitAsync(TimeSpan.FromSeconds(20))).Should().NotBeEmpty();
    }

    [Test]
    public async Task Packing_for_a_client_that_waits_goes_on()
    {
        WriteSparse("some.bin", 500_000_000);

        (await Client.GetByteArrayAsync($"{PathOf("get", "some.bin")}&compress=gz")).Length.Should().BeGreaterThan(100_000);
    }
}

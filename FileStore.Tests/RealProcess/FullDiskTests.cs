using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A disk without room: uploads are told so, everything else goes on, and room that is made is used.</summary>
[TestFixture, NeedsRoot]
public sealed class FullDiskTests
{
    private TempFolder _home;

    [SetUp]
    public void MakeHome() => _home = new TempFolder();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [TestCase("POST /")]
    [TestCase("POST /files")]
    [TestCase("PUT /files/0000000000000000000000000000000000000000000000000000000000000000")]
    public void An_upload_that_cannot_fit_is_refused_before_it_is_sent(string request)
    {
        using var disk = Mounted.Tmpfs("16m");
        using var daemon = DaemonProcess.Start(_home.Path, "--store", disk["store"]);
        using var socket = daemon.Connect();

        socket.SendText($"{request} HTTP/1.1\r\nHost: a\r\nContent-Length: {20 << 20}\r\nExpect: 100-continue\r\n\r\n");

        var answer = socket.ReadAnswer();
        answer!.Status.Should().Be(507);
        answer.Field("Content-Type").Should().StartWith("application/problem+json");
        new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty();
    }

    [TestCase("Chunked")]
    [TestCase("Form")]
    public async Task A_disk_that_fills_up_midway_is_told_and_recovers(string kind)
    {
        using var disk = Mounted.Tmpfs("16m");
        using var daemon = DaemonProcess.Start(_home.Path, "--store", disk["store"]);
        using var client = daemon.NewClient();
        var first = Bytes.Fresh(6 << 20);
        (await StatusAsync(client, first)).Should().Be(HttpStatusCode.OK);

        // A form of two files: the length of the whole is announced, but fits only as long as there is room for both.
        using (var request = Uploads.Post(Bytes.Fresh(12 << 20), Enum.Parse<BodyKind>(kind)))
        {
            request.Headers.TransferEncodingChunked = true;
            using var answer = await client.SendAsync(request);
            answer.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
        }

        new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty("what did not fit takes no room");
        (await client.GetByteArrayAsync($"/files/{Bytes.HashOf(first)}")).Should().Equal(first);
        (await StatusAsync(client, Bytes.Fresh(1 << 20))).Should().Be(HttpStatusCode.OK, "smaller files fit");
        (await client.DeleteAsync($"/files/{Bytes.HashOf(first)}")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await StatusAsync(client, Bytes.Fresh(12 << 20))).Should().Be(HttpStatusCode.OK, "the room of what was deleted is used");
        new StoreOnDisk(disk["store"]).Broken.Should().BeEmpty();
    }

    [Test]
    public async Task A_daemon_starts_on_a_full_disk_so_that_room_can_be_made()
    {
        using var disk = Mounted.Tmpfs("4m");
        var content = Bytes.Fresh(1000);
        using (var before = DaemonProcess.Start(disk.Path))
        {
            using var client = before.NewClient();
            (await StatusAsync(client, content)).Should().Be(HttpStatusCode.OK);
        }

        Fill(disk["filler"]);

        using var daemon = DaemonProcess.Start(disk.Path);
        using var after = daemon.NewClient();
        Command.Run(disk.Path, Command.FileStore, "get_pid", "--home", disk.Path).Output.Trim().Should().Be($"{daemon.Pid}");
        (await after.GetByteArrayAsync($"/files/{Bytes.HashOf(content)}")).Should().Equal(content);
        (await after.DeleteAsync($"/files/{Bytes.HashOf(content)}")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Health_tells_of_a_full_disk_and_reading_goes_on()
    {
        using var disk = Mounted.Tmpfs("4m");
        using var daemon = DaemonProcess.Start(_home.Path, "--store", disk["store"], "--cache", "0");
        using var client = daemon.NewClient();
        var content = Bytes.Fresh(1000);
        (await StatusAsync(client, content)).Should().Be(HttpStatusCode.OK);

        Fill(disk["filler"]);

        await Health.BecomesAsync(client, HttpStatusCode.ServiceUnavailable);
        (await StatusAsync(client, Bytes.Fresh(1000))).Should().Be(HttpStatusCode.InsufficientStorage);
        (await client.GetByteArrayAsync($"/files/{Bytes.HashOf(content)}")).Should().Equal(content);
        File.Delete(disk["filler"]);
        await Health.BecomesAsync(client, HttpStatusCode.OK);
        (await StatusAsync(client, Bytes.Fresh(1000))).Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task Uploads_that_race_for_the_last_room_are_stored_whole_or_refused()
    {
        using var disk = Mounted.Tmpfs("16m");
        using var daemon = DaemonProcess.Start(_home.Path, "--store", disk["store"]);
        using var client = daemon.NewClient();
        byte[][] contents = [.. Enumerable.Range(0, 8).Select(_ => Bytes.Fresh(5 << 20))];

        var statuses = await Task.WhenAll(contents.Select(content => StatusAsync(client, content)));

        statuses.Should().OnlyContain(status => status == HttpStatusCode.OK || status == HttpStatusCode.InsufficientStorage)
            .And.Contain(HttpStatusCode.InsufficientStorage);
        new StoreOnDisk(disk["store"]).Blobs.Should().HaveCount(statuses.Count(status => status == HttpStatusCode.OK));
        new StoreOnDisk(disk["store"]).Broken.Should().BeEmpty();
        new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty();
    }

    [Test]
    public async Task A_disk_without_inodes_is_full()
    {
        using var disk = Mounted.Ext4(16, "-N", "64");
        using var daemon = DaemonProcess.Start(_home.Path, "--store", disk["store"]);
        using var client = daemon.NewClient();
        var status = HttpStatusCode.OK;
        var stored = new List<byte[]>();
        for (var i = 0; i < 200 && status == HttpStatusCode.OK; i++)
        {
            var content = Bytes.Fresh(100);
            status = await StatusAsync(client, content);
            if (status == HttpStatusCode.OK)
                stored.Add(content);
        }

        status.Should().Be(HttpStatusCode.InsufficientStorage);
        new StoreOnDisk(disk["store"]).Incoming.Should().BeEmpty();
        new StoreOnDisk(disk["store"]).Blobs.Should().HaveCount(stored.Count);
        foreach (var content in stored)
            (await client.GetByteArrayAsync($"/files/{Bytes.HashOf(content)}")).Should().Equal(content);
        foreach (var content in stored.Take(2))
            (await client.DeleteAsync($"/files/{Bytes.HashOf(content)}")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await StatusAsync(client, stored[0])).Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_full_disk_under_the_log_costs_lines_and_nothing_else()
    {
        using var disk = Mounted.Tmpfs("1m");
        using var daemon = DaemonProcess.Start(_home.Path, "--log-file", disk["server.log"]);
        using var client = daemon.NewClient();
        Fill(disk["filler"]);

        // More than waits in memory, so that it must be written while there is no room.
        for (var i = 0; i < 400; i++)
            (await client.GetAsync($"/lost/{i}/{new string('x', 1000)}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(client, Bytes.Fresh(1000))).Should().Be(HttpStatusCode.OK);
        File.Delete(disk["filler"]);

        Eventually.Until(() =>
        {
            client.GetAsync("/found").GetAwaiter().GetResult().Dispose();
            return File.ReadAllText(disk["server.log"]).Contains("/found");
        }, "the log goes on");
        File.ReadLines(disk["server.log"]).Should().ContainSingle(line => line.Contains(" lines of the log were lost"));
    }

    [Test]
    public async Task A_disk_that_is_full_at_the_start_keeps_no_daemon_from_serving()
    {
        using var disk = Mounted.Tmpfs("1m");
        Directory.CreateDirectory(disk["log"]);
        Fill(disk["filler"]);
        using var daemon = DaemonProcess.Start(_home.Path, "--log-file", disk["log/server.log"]);
        using var client = daemon.NewClient();

        (await StatusAsync(client, Bytes.Fresh(1000))).Should().Be(HttpStatusCode.OK);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, byte[] content)
    {
        using var answer = await client.SendAsync(Uploads.Post(content));
        return answer.StatusCode;
    }

    private static void Fill(string path)
    {
        using var file = File.Create(path);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}

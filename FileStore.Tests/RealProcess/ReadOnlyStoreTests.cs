using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>The store's file system turns read-only or goes away under the daemon, and comes back.</summary>
[TestFixture]
public sealed class ReadOnlyStoreTests
{
    private readonly byte[] _content = Bytes.Fresh(10_000);

    private TempFolder _home;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [SetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        _daemon = DaemonProcess.Start(_home.Path, "--cache", "0");
        _client = _daemon.NewClient();
        Post(_content).Should().Be(HttpStatusCode.OK);
    }

    [TearDown]
    public void StopDaemon()
    {
        _client.Dispose();
        _daemon.Dispose();
        _home.Dispose();
    }

    [Test, NeedsRoot]
    public async Task A_store_that_turns_read_only_is_read_and_not_written()
    {
        using (new BindMount(_home["store"], _home["store"], readOnly: true))
        {
            foreach (var kind in Enum.GetValues<BodyKind>())
                Post(Bytes.Fresh(1000), kind).Should().Be(HttpStatusCode.ServiceUnavailable, kind.ToString());
            var content = Bytes.Fresh(1000);
            (await _client.PutAsync($"/files/{Bytes.HashOf(content)}", new ByteArrayContent(content))).StatusCode
                .Should().Be(HttpStatusCode.ServiceUnavailable);
            using var deletion = await _client.DeleteAsync($"/files/{Bytes.HashOf(_content)}");
            deletion.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            deletion.Headers.RetryAfter.Should().NotBeNull();
            await Health.BecomesAsync(_client, HttpStatusCode.ServiceUnavailable);
            (await _client.GetByteArrayAsync($"/files/{Bytes.HashOf(_content)}")).Should().Equal(_content);
        }

        await RecoversAsync();
    }

    [Test, NeedsRoot]
    public async Task A_store_that_turns_read_only_during_an_upload_refuses_it()
    {
        using var upload = _daemon.Connect();
        upload.SendText("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
        Eventually.Until(() => new StoreOnDisk(_home["store"]).Incoming.Length == 1, "the upload has begun");

        using (new BindMount(_home["store"], _home["store"], readOnly: true))
        {
            upload.SendText("cd");
            upload.ReadAnswer()!.Status.Should().Be(503);
        }

        await RecoversAsync();
    }

    [Test, NeedsRoot]
    public async Task An_ext4_that_went_read_only_after_an_error_is_still_read()
    {
        using var disk = Mounted.Ext4(64, "-e", "remount-ro");
        using var daemon = DaemonProcess.Start(_home["store"], "--store", disk["store"], "--cache", "0");
        using var client = daemon.NewClient();
        (await client.SendAsync(Uploads.Post(_content))).EnsureSuccessStatusCode().Dispose();
        var device = Path.GetFileName(Command.Run("/", "findmnt", "-n", "-o", "SOURCE", disk.Path).Output.Trim());
        File.WriteAllText($"/sys/fs/ext4/{device}/trigger_fs_error", "1");

        using var answer = await client.SendAsync(Uploads.Post(Bytes.Fresh(1000)));

        answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        await Health.BecomesAsync(client, HttpStatusCode.ServiceUnavailable);
        (await client.GetByteArrayAsync($"/files/{Bytes.HashOf(_content)}")).Should().Equal(_content);
    }

    [TestCase("Raw")]
    [TestCase("Chunked")]
    [TestCase("Form")]
    public async Task A_store_that_was_moved_away_is_not_made_anew(string kind)
    {
        Directory.Move(_home["store"], _home["moved"]);

        Post(Bytes.Fresh(1000), Enum.Parse<BodyKind>(kind)).Should().Be(HttpStatusCode.ServiceUnavailable);
        await Health.BecomesAsync(_client, HttpStatusCode.ServiceUnavailable);
        Directory.Exists(_home["store"]).Should().BeFalse();

        Directory.Move(_home["moved"], _home["store"]);
        await RecoversAsync();
    }

    [Test, NeedsRoot]
    public async Task A_store_that_was_unmounted_leaves_its_mount_point_empty()
    {
        Directory.CreateDirectory(_home["point"]);
        using (new BindMount(_home["store"], _home["store"]))
        {
            using var empty = new BindMount(_home["point"], _home["store"]);

            foreach (var kind in Enum.GetValues<BodyKind>())
                Post(Bytes.Fresh(1000), kind).Should().Be(HttpStatusCode.ServiceUnavailable, kind.ToString());
            await Health.BecomesAsync(_client, HttpStatusCode.ServiceUnavailable);
            Directory.GetFileSystemEntries(_home["point"]).Should().BeEmpty();
        }

        await RecoversAsync();
    }

    [Test, NeedsRoot]
    public async Task A_store_that_is_unmounted_during_an_upload_leaves_its_mount_point_empty()
    {
        Directory.CreateDirectory(_home["point"]);
        using var upload = _daemon.Connect();
        upload.SendText("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
        Eventually.Until(() => new StoreOnDisk(_home["store"]).Incoming.Length == 1, "the upload has begun");

        using (new BindMount(_home["point"], _home["store"]))
        {
            upload.SendText("cd");
            upload.ReadAnswer()!.Status.Should().Be(503);
            Directory.GetFileSystemEntries(_home["point"]).Should().BeEmpty();
        }

        await RecoversAsync();
    }

    [Test]
    public void A_shard_that_was_removed_is_made_again()
    {
        Directory.Delete(Path.Join(_home["store"], Bytes.HashOf(_content)[..2]), recursive: true);

        Post(_content).Should().Be(HttpStatusCode.OK);

        new StoreOnDisk(_home["store"]).Read(Bytes.HashOf(_content)).Should().Equal(_content);
    }

    private async Task RecoversAsync()
    {
        await Health.BecomesAsync(_client, HttpStatusCode.OK);
        (await _client.GetByteArrayAsync($"/files/{Bytes.HashOf(_content)}")).Should().Equal(_content);
        Post(Bytes.Fresh(1000)).Should().Be(HttpStatusCode.OK);
    }

    private HttpStatusCode Post(byte[] content, BodyKind kind = BodyKind.Raw)
    {
        using var answer = _client.Send(Uploads.Post(content, kind));
        return answer.StatusCode;
    }
}

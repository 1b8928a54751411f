using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A disk that reports errors, as far as <see cref="SystemCallFaultTests"/> does not go through them.</summary>
[TestFixture]
public sealed class DiskErrorTests
{
    private TempFolder _home;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [OneTimeSetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        _daemon = DaemonProcess.Start(_home.Path, "--cache", "0");
        _client = _daemon.NewClient();
        Upload(Bytes.Fresh(10)).Status.Should().Be(HttpStatusCode.OK); // what is loaded on first use is loaded
        _client.GetAsync("/files").GetAwaiter().GetResult().Dispose();
        _client.GetAsync("/nothing").GetAwaiter().GetResult().Dispose();
    }

    [OneTimeTearDown]
    public void StopDaemon()
    {
        _client.Dispose();
        _daemon.Dispose();
        _home.Dispose();
    }

    [TestCase("fsync", "ENOSPC", HttpStatusCode.InsufficientStorage, false)]
    [TestCase("fsync", "EIO", HttpStatusCode.InternalServerError, false)]
    [TestCase("renameat2", "ENOSPC", HttpStatusCode.InsufficientStorage, true)]
    [TestCase("renameat2", "EROFS", HttpStatusCode.ServiceUnavailable, true)]
    [TestCase("renameat2", "EIO", HttpStatusCode.InternalServerError, true)]
    public async Task A_form_whose_second_file_meets_an_error_stores_none(string call, string error, HttpStatusCode status, bool isRename)
    {
        var (known, first, second) = (Bytes.Fresh(1000), FreshShard(), FreshShard());
        Upload(known).Status.Should().Be(HttpStatusCode.OK);
        var folder = Shard(second);
        Directory.CreateDirectory(folder); // strace wants to know what it is to look for
        using (Strace.Attach(_daemon.Pid, $"{call}:error={error}", isRename ? new StoreOnDisk(_home["store"]).PathOf(Bytes.HashOf(second)) : folder))
        {
            using var answer = await _client.PostAsync("/", Form(first, known, second));
            answer.StatusCode.Should().Be(status);
        }

        new StoreOnDisk(_home["store"]).Has(Bytes.HashOf(first)).Should().BeFalse("it came with the form alone");
        new StoreOnDisk(_home["store"]).Has(Bytes.HashOf(second)).Should().BeFalse();
        new StoreOnDisk(_home["store"]).Read(Bytes.HashOf(known)).Should().Equal(known, "it was there before");
        IsClean();
        using var retry = await _client.PostAsync("/", Form(first, known, second));
        retry.StatusCode.Should().Be(HttpStatusCode.OK);
        IsClean();
    }

    [Test]
    public async Task A_small_file_is_read_where_the_file_system_cannot_tell_what_is_in_the_page_cache()
    {
        var content = Bytes.Fresh(1000);
        var hash = Upload(content).Text;
        var path = new StoreOnDisk(_home["store"]).PathOf(hash);

        using (Strace.Attach(_daemon.Pid, "preadv2:error=EOPNOTSUPP", path))
            (await _client.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);

        (await _client.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);
        Eventually.Until(() => Directory.GetFileSystemEntries($"/proc/{_daemon.Pid}/fd").All(open => ProcessUse.TargetOf(open) != path), "it is closed");
    }

    [Test]
    public async Task A_download_that_fails_midway_is_cut()
    {
        var content = Bytes.Fresh(1_000_000);
        var hash = Upload(content).Text;

        using (Strace.Attach(_daemon.Pid, "preadv2:error=EIO:when=3+", new StoreOnDisk(_home["store"]).PathOf(hash)))
        {
            using var answer = await _client.GetAsync($"/files/{hash}", HttpCompletionOption.ResponseHeadersRead);
            var reading = async () => await answer.Content.ReadAsByteArrayAsync();
            await reading.Should().ThrowAsync<HttpRequestException>();
        }

        (await _client.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);
    }

    [Test]
    public async Task Health_tells_of_a_disk_that_cannot_be_written()
    {
        using (Strace.Attach(_daemon.Pid, "pwrite64:error=EIO"))
            await Health.BecomesAsync(_client, HttpStatusCode.ServiceUnavailable);
        await Health.BecomesAsync(_client, HttpStatusCode.OK);
    }

    private static MultipartFormDataContent Form(params byte[][] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var file in files)
            form.Add(new ByteArrayContent(file), "f", "file.bin");
        return form;
    }

    /// <summary>Content whose folder is not there yet.</summary>
    private byte[] FreshShard()
    {
        while (true)
        {
            var content = Bytes.Fresh(300_000);
            if (!Directory.Exists(Shard(content)))
                return content;
        }
    }

    private string Shard(byte[] content) => Path.Join(_home["store"], Bytes.HashOf(content)[..2]);

    private (HttpStatusCode Status, string Text) Upload(byte[] content)
    {
        using var answer = _client.Send(Uploads.Post(content));
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        return (answer.StatusCode, reader.ReadToEnd());
    }

    private void IsClean()
    {
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
        new StoreOnDisk(_home["store"]).Broken.Should().BeEmpty("whole or absent");
        _daemon.HasExited.Should().BeFalse();
    }
}

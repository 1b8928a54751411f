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
        Upload(Uploads.Fresh(10)).Status.Should().Be(HttpStatusCode.OK); // what is loaded on first use is loaded
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

    [Test]
    public async Task A_small_file_is_read_where_the_file_system_cannot_tell_what_is_in_the_page_cache()
    {
        var content = Uploads.Fresh(1000);
        var hash = Upload(content).Text;
        var path = Uploads.PathIn(_home["store"], hash);

        using (Strace.Attach(_daemon.Pid, "preadv2:error=EOPNOTSUPP", path))
            (await _client.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);

        (await _client.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);
        Eventually.Until(() => Directory.GetFileSystemEntries($"/proc/{_daemon.Pid}/fd").All(open => ProcessUse.TargetOf(open) != path), "it is closed");
    }

    [Test]
    public async Task A_download_that_fails_midway_is_cut()
    {
        var content = Uploads.Fresh(1_000_000);
        var hash = Upload(content).Text;

        using (Strace.Attach(_daemon.Pid, "preadv2:error=EIO:when=3+", Uploads.PathIn(_home["store"], hash)))
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

    private (HttpStatusCode Status, string Text) Upload(byte[] content)
    {
        using var answer = _client.Send(Uploads.Post(content));
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        return (answer.StatusCode, reader.ReadToEnd());
    }
}

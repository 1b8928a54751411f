using System.Net;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>A blob whose file the disk does not give any more: an upload of its bytes makes it whole.</summary>
[TestFixture("0")]
[TestFixture("64MB")]
public sealed class UnreadableBlobTests(string cache)
{
    private TempFolder _home;
    private DaemonProcess _daemon;
    private HttpClient _client;

    [OneTimeSetUp]
    public void StartDaemon()
    {
        _home = new TempFolder();
        _daemon = DaemonProcess.Start(_home.Path, "--cache", cache, "--upstream", "http://127.0.0.1:1/");
        _client = _daemon.NewClient();
    }

    [OneTimeTearDown]
    public void StopDaemon()
    {
        _client.Dispose();
        _daemon.Dispose();
        _home.Dispose();
    }

    [TestCase("openat", "EACCES", "POST /")]
    [TestCase("openat", "EIO", "POST /files")]
    [TestCase("openat", "ESTALE", "PUT")]
    [TestCase("openat", "EACCES", "PUT unless it is there")]
    [TestCase("openat", "EIO", "PUT unless it is there")]
    [TestCase("openat", "EIO", "report")]
    [TestCase("statx", "EIO", "POST /")]
    [TestCase("statx", "EUCLEAN", "PUT")]
    [TestCase("pread64", "EIO", "POST /")]
    [TestCase("pread64", "EIO", "PUT")]
    [TestCase("pread64", "EIO", "form")]
    [TestCase("pread64", "EIO", "/upload")]
    [TestCase("fsync", "EIO", "POST /")]
    public async Task Its_bytes_sent_again_replace_it(string call, string error, string way)
    {
        var content = Bytes.Fresh(300_000);
        var hash = Bytes.HashOf(content);
        var path = new StoreOnDisk(_home["store"]).PathOf(hash);
        (await SendAsync("POST /", content)).Should().Be(HttpStatusCode.OK);
        var spoilt = _home[$"spoilt {hash}"];
        Command.Run("/", "ln", path, spoilt).ExitCode.Should().Be(0); // which keeps its inode from being used again

        using (Strace.Attach(_daemon.Pid, $"{call}:error={error}", path))
            ((int)await SendAsync(way, content)).Should().BeInRange(200, 201);

        Inode(path).Should().NotBe(Inode(spoilt));
        (await _client.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);
        new StoreOnDisk(_home["store"]).Incoming.Should().BeEmpty();
    }

    private static string Inode(string path) => Command.Run("/", "stat", "-c", "%i", path).Output;

    private async Task<HttpStatusCode> SendAsync(string way, byte[] content)
    {
        var put = new HttpRequestMessage(HttpMethod.Put, $"/files/{Bytes.HashOf(content)}") { Content = new ByteArrayContent(content) };
        if (way == "PUT unless it is there")
            put.Headers.Add("If-None-Match", "*");
        using var request = way switch
        {
            "form" => Uploads.Post(content, BodyKind.Form),
            "/upload" => Uploads.Post(content, BodyKind.Form),
            "PUT" or "PUT unless it is there" => put,
            _ => Uploads.Post(content),
        };
        request.RequestUri = way switch
        {
            "/upload" => new Uri("/upload", UriKind.Relative),
            "report" => new Uri("/xyz/api/cleaner/tasks/report", UriKind.Relative),
            "POST /files" => new Uri("/files", UriKind.Relative),
            _ => request.RequestUri,
        };
        using var answer = await _client.SendAsync(request);
        return answer.StatusCode;
    }
}

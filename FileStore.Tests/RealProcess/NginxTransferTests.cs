using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>Files through a real nginx with the shipped site, by HTTP/1.1 and HTTP/2.</summary>
public sealed class NginxTransferTests(string engine) : DaemonFixture(engine, "--max-upload", "8MB")
{
    private readonly Dictionary<string, HttpClient> _clients = [];
    private NginxServer _nginx;

    [OneTimeSetUp]
    public void StartNginx()
    {
        _nginx = NginxServer.Start(Daemon.Port);
        foreach (var version in (string[])["1.1", "2.0"])
            _clients[version] = _nginx.NewClient(version);
    }

    [OneTimeTearDown]
    public void StopNginx()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
        _nginx?.Dispose();
    }

    [Test]
    public async Task Files_come_through_unchanged(
        [Values("1.1", "2.0")] string version,
        [Values(nameof(BodyKind.Raw), nameof(BodyKind.Chunked), nameof(BodyKind.Form))] string kind,
        [Values(1, 300_000, 7_900_000)] int size)
    {
        var file = Sample.Random(size);
        using var request = Uploads.Post(file.Bytes, Enum.Parse<BodyKind>(kind));
        request.Version = new Version(version);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var uploaded = await _clients[version].SendAsync(request);
        using var downloaded = await _clients[version].GetAsync($"/files/{file.Hash}");

        (await uploaded.TextAsync()).Should().Be(file.Hash);
        downloaded.Version.Should().Be(new Version(version));
        downloaded.Content.Headers.ContentLength.Should().Be(size);
        (await downloaded.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(file.Bytes).Should().BeTrue();
        _nginx.Log.Should().NotContain("temporary file");
    }

    [Test]
    public async Task An_upload_reaches_the_daemon_while_it_is_sent([Values("1.1", "2.0")] string version, [Values] bool announced)
    {
        var file = Sample.Random(6_000_000);
        var arrived = 0L;
        string[] temporary = ["not looked at"];
        var enough = (file.Bytes.Length / 2) - (1 << 20); // the daemon waits for a piece to be full
        async Task LookAsync()
        {
            await Eventually.HoldsAsync(() => (arrived = Store.Incoming.Sum(path => new FileInfo(path).Length)) >= enough);
            temporary = _nginx.TemporaryFiles;
        }

        using var answer = await _clients[version].PostAsync("/", new PausingContent(file.Bytes, announced, LookAsync));

        (await answer.TextAsync()).Should().Be(file.Hash);
        arrived.Should().BeInRange(enough, file.Bytes.Length / 2);
        temporary.Should().BeEmpty();
    }

    [Test]
    public async Task A_slow_download_lies_on_no_disk([Values("1.1", "2.0")] string version)
    {
        var file = Sample.Random(29_000_000);
        await using (var planted = Store.Plant(file.Hash))
            await planted.WriteAsync(file.Bytes);
        using var answer = await _clients[version].GetAsync($"/files/{file.Hash}", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var all = new byte[file.Bytes.Length];
        await body.ReadExactlyAsync(all.AsMemory(0, 1000));
        await Task.Delay(500); // nginx has long taken what it takes by then

        _nginx.TemporaryFiles.Should().BeEmpty();
        await body.ReadExactlyAsync(all.AsMemory(1000));
        all.AsSpan().SequenceEqual(file.Bytes).Should().BeTrue();
        _nginx.Log.Should().NotContain("temporary file");
    }

    [Test]
    public async Task A_refusal_reaches_the_client_before_the_end_of_its_upload([Values("1.1", "2.0")] string version, [Values] bool announced)
    {
        var tooLarge = new byte[12_000_000];
        for (var i = 0; i < 10; i++)
        {
            using var answer = await _clients[version].PostAsync("/", announced ? new ByteArrayContent(tooLarge) : Responses.Chunked(tooLarge));

            await answer.ShouldBeProblemAsync(413);
        }

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_cut_upload_stores_nothing([Values("1.1", "2.0")] string version, [Values] bool announced)
    {
        var before = Store.Blobs;
        using var client = _nginx.NewClient(version);
        async Task CutAsync()
        {
            (await Eventually.HoldsAsync(() => Store.Incoming.Length > 0)).Should().BeTrue();
            throw new IOException("the client crashes");
        }

        await client.Invoking(c => c.PostAsync("/", new PausingContent(new byte[3_000_000], announced, CutAsync))).Should().ThrowAsync<HttpRequestException>();

        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
        Store.Blobs.Should().BeEquivalentTo(before);
    }

    [Test, Category("Long")]
    public async Task An_upload_that_stops_is_dropped([Values("1.1", "2.0")] string version)
    {
        var end = new TaskCompletionSource();

        var upload = _clients[version].PostAsync("/", new PausingContent(new byte[3_000_000], announced: true, () => end.Task));

        (await Eventually.HoldsAsync(() => Store.Incoming.Length > 0)).Should().BeTrue();
        (await Eventually.HoldsAsync(() => Store.Incoming.Length == 0, seconds: 45)).Should().BeTrue();
        end.SetResult();
        await Task.WhenAny(upload); // the client has read 408, or was cut off in the middle of its sending
    }

    [TestCase("GET", "")]
    [TestCase("HEAD", "")]
    [TestCase("GET", "", "Accept-Encoding: gzip")]
    [TestCase("GET", "?name=page.html", "Accept-Encoding: gzip")]
    [TestCase("GET", "", "Range: bytes=1000-1999")]
    [TestCase("GET", "", "Range: bytes=-1")]
    [TestCase("GET", "", "Range: bytes=0-1,5-6")]
    [TestCase("GET", "", "Range: bytes=999999-")]
    [TestCase("GET", "", "Range: bytes=0-9", "If-Range: \"H\"")]
    [TestCase("GET", "", "Range: bytes=0-9", "If-Range: \"other\"")]
    [TestCase("GET", "", "If-None-Match: \"H\"")]
    [TestCase("GET", "", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT")]
    [TestCase("GET", "", "If-Match: \"other\"")]
    [TestCase("OPTIONS", "")]
    [TestCase("PATCH", "")]
    [TestCase("GET", "x")]
    public async Task Answers_are_the_daemons(string method, string suffix, params string[] fields)
    {
        var file = new Sample(Bytes.Random(20_000));
        await StoreAsync(file.Bytes);
        var sent = fields.Select(field => field.Replace("H", file.Hash, StringComparison.Ordinal).Split(": ")).Select(parts => (parts[0], parts[1])).ToArray();
        using var direct = await Client.SendAsync(method, $"/files/{file.Hash}{suffix}", null, sent);

        foreach (var client in _clients.Values)
        {
            using var answer = await client.SendAsync(method, $"/files/{file.Hash}{suffix}", null, sent);

            answer.StatusCode.Should().Be(direct.StatusCode);
            Lasting(answer).Should().Equal(Lasting(direct));
            if (direct.IsSuccessStatusCode)
                (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(await direct.Content.ReadAsByteArrayAsync());
        }
    }

    [Test]
    public async Task A_page_of_this_site_may_write_and_one_of_another_may_not([Values("1.1", "2.0")] string version)
    {
        var own = $"https://localhost:{_nginx.TlsPort}";

        using var allowed = await _clients[version].SendAsync("POST", "/", new ByteArrayContent([1]), ("Origin", own));
        using var refused = await _clients[version].SendAsync("POST", "/", new ByteArrayContent([1]), ("Origin", "https://localhost"));

        allowed.Status().Should().Be(200);
        await refused.ShouldBeProblemAsync(403);
    }

    [Test]
    public async Task Many_requests_at_once_are_all_answered([Values("1.1", "2.0")] string version)
    {
        var contents = Enumerable.Range(0, 1000).Select(i => Bytes.Of($"{version} {i}"));

        await Parallel.ForEachAsync(contents, new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (content, ct) =>
        {
            using var answer = await _clients[version].PostAsync("/files", new ByteArrayContent(content), ct);
            answer.Status().Should().Be(201);
            (await _clients[version].GetByteArrayAsync(answer.Headers.Location, ct)).Should().Equal(content);
        });
    }

    /// <summary>Less what belongs to a connection, and nginx's own name.</summary>
    private static SortedDictionary<string, string> Lasting(HttpResponseMessage answer)
    {
        var fields = answer.LastingFields();
        foreach (var name in (string[])["Server", "Connection", "Transfer-Encoding"])
            fields.Remove(name);
        return fields;
    }
}

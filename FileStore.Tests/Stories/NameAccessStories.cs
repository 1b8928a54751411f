using System.Text;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Names and links of a daemon with access tokens.</summary>
[EngineNeutral]
public sealed class NameAccessStories(string engine) : DaemonFixture(engine)
{
    private readonly Dictionary<string, HttpClient> _clients = [];
    private Sample _file;

    private HttpClient Stranger => Client;

    [OneTimeSetUp]
    public async Task AddTokensAsync()
    {
        foreach (var scopes in new[] { "read", "write", "delete", "write,delete" })
            _clients[scopes] = Daemon.NewClient(Tokens.Add(Daemon.Home, scopes.Replace(',', '-'), scopes));
        _file = Sample.Random(100);
        (await _clients["write"].SendAsync("PUT", "/names/a b/ф.txt", new ByteArrayContent(_file.Bytes))).Status().Should().Be(201);
    }

    [OneTimeTearDown]
    public void DisposeClients()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    [TestCase("read", "GET", "/names", 200)]
    [TestCase("write", "GET", "/names", 403)]
    [TestCase("read", "GET", "/names/a b/ф.txt", 200)]
    [TestCase("read", "GET", "/names/a b/", 200)]
    [TestCase("delete", "GET", "/names/a b/ф.txt", 403)]
    [TestCase("read", "PUT", "/names/x", 403)]
    [TestCase("write", "DELETE", "/names/x", 403)]
    [TestCase("read", "POST", "/names/a b/ф.txt?copy_to=y", 403)]
    [TestCase("write", "POST", "/names/a b/ф.txt?copy_to=y&replace=true", 200)]
    [TestCase("write", "POST", "/names/y?move_to=z", 403)]
    [TestCase("write,delete", "POST", "/names/absent?move_to=z", 404)]
    public async Task A_token_does_what_its_scopes_allow(string scopes, string method, string path, int status)
    {
        using var response = await _clients[scopes].SendAsync(method, path, method is "GET" or "DELETE" ? null : new ByteArrayContent([]));

        response.Status().Should().Be(status, await response.TextAsync());
    }

    [Test]
    public async Task A_named_file_is_private()
    {
        using var response = await _clients["read"].GetAsync("/names/a b/ф.txt");

        response.Field("Cache-Control").Should().Be("private, no-cache");
    }

    [Test]
    public async Task A_link_reads_its_name_without_a_token_and_nothing_else()
    {
        var link = await LinkAsync("""{"name":"a b/ф.txt","expires":"1h"}""");

        using var read = await Stranger.GetAsync(link);
        using var part = await Stranger.SendAsync("GET", link, null, ("Range", "bytes=0-9"));
        using var head = await Stranger.SendAsync("HEAD", link);
        (await read.Content.ReadAsByteArrayAsync()).Should().Equal(_file.Bytes);
        read.Field("Cache-Control").Should().Be("private, no-cache");
        read.Field("Referrer-Policy").Should().Be("no-referrer");
        part.Status().Should().Be(206);
        head.Status().Should().Be(200);

        var key = link[link.IndexOf("?key=", StringComparison.Ordinal)..];
        foreach (var (method, path, status) in new[]
        {
            ("GET", "/names/other" + key, 403), ("GET", "/names/a b/" + key, 403), ("GET", "/names" + key, 401), ("GET", $"/files/{_file.Hash}{key}", 403),
            ("PUT", link, 401), ("DELETE", link, 401), ("POST", link, 401), ("GET", link[..^1] + (link[^1] == 'A' ? 'B' : 'A'), 403), ("GET", "/names/a b/ф.txt?key=", 403),
            ("GET", $"/names/a b/ф.txt?key={new string('A', 5000)}", 403), ("GET", "/names/a b/ф.txt?key=%00", 400),
        })
        {
            using var refused = await Stranger.SendAsync(method, path, method == "GET" ? null : new ByteArrayContent([1]));
            await refused.ShouldBeProblemAsync(status);
        }
    }

    [Test]
    public async Task A_link_of_a_hash_reads_that_file()
    {
        var link = await LinkAsync($$"""{"file_hash":"{{_file.Hash}}"}""");

        (await Stranger.GetByteArrayAsync(link)).Should().Equal(_file.Bytes);
    }

    [Test]
    public async Task A_link_ends_at_its_time()
    {
        var link = await LinkAsync("""{"name":"a b/ф.txt","expires":"2s"}""");
        (await Stranger.GetAsync(link)).Status().Should().Be(200);

        await Eventually.HoldsAsync(() => Stranger.GetAsync(link).GetAwaiter().GetResult().Status() == 403, seconds: 5);

        await (await Stranger.GetAsync(link)).ShouldBeProblemAsync(403);
    }

    [Test]
    public async Task The_log_does_not_show_what_reads()
    {
        var link = await LinkAsync("""{"name":"a b/ф.txt"}""");
        await Stranger.GetAsync(link);

        var key = link[(link.IndexOf("?key=", StringComparison.Ordinal) + 5)..];
        Eventually.Until(() => Daemon.LogText.Contains("?key=***", StringComparison.Ordinal), "the request is in the log");
        Daemon.LogText.Should().NotContain(key);
    }

    [Test]
    public async Task A_link_with_the_wrong_token_is_refused_for_the_token()
    {
        using var client = Daemon.NewClient(TokenHome.Guess());
        using var refused = await client.GetAsync(await LinkAsync("""{"name":"a b/ф.txt"}"""));

        await refused.ShouldBeProblemAsync(401);
    }

    [TestCase("""{"name":"absent"}""", 404)]
    [TestCase("""{"file_hash":"0000000000000000000000000000000000000000000000000000000000000000"}""", 404)]
    [TestCase("""{"file_hash":"0"}""", 400)]
    [TestCase("""{"name":"a/"}""", 400)]
    [TestCase("""{"name":"../a"}""", 400)]
    [TestCase("""{}""", 400)]
    [TestCase("""[]""", 400)]
    [TestCase("""null""", 400)]
    [TestCase("""{"name":"a","file_hash":"b"}""", 400)]
    [TestCase("""{"name":"a b/ф.txt","expires":"0"}""", 400)]
    [TestCase("""{"name":"a b/ф.txt","expires":"367d"}""", 400)]
    [TestCase("""{"name":"a b/ф.txt","expires":"tomorrow"}""", 400)]
    [TestCase("""{"name":"a b/ф.txt","expires":7}""", 400)]
    [TestCase("""{"name":"a b/ф.txt","unknown":1}""", 400)]
    [TestCase("""{"name":"a b/ф.txt","name":"a b/ф.txt"}""", 400)]
    [TestCase("""{"name":""", 400)]
    public async Task A_link_that_cannot_be_is_refused(string body, int status)
    {
        using var refused = await PostLinkAsync("read", body);

        await refused.ShouldBeProblemAsync(status);
    }

    [Test]
    public async Task Links_take_the_scope_read_and_json()
    {
        (await PostLinkAsync("write", """{"name":"a b/ф.txt"}""")).Status().Should().Be(403);
        (await _clients["read"].PostAsync("/links", new ByteArrayContent("{}"u8.ToArray()))).Status().Should().Be(415);
        (await PostLinkAsync("read", $$"""{"name":"{{new string('a', 20_000)}}"}""")).Status().Should().Be(413);
    }

    private Task<HttpResponseMessage> PostLinkAsync(string scope, string body) =>
        _clients[scope].PostAsync("/links", new StringContent(body, Encoding.UTF8, "application/json"));

    private async Task<string> LinkAsync(string body)
    {
        using var response = await PostLinkAsync("read", body);
        response.Status().Should().Be(201, await response.TextAsync());
        using var json = JsonDocument.Parse(await response.TextAsync());
        var url = new Uri(json.RootElement.GetProperty("url").GetString()!);
        url.Authority.Should().Be(Daemon.Url.Authority);
        return url.PathAndQuery;
    }
}

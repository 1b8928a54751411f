using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Bodies that are compressed: what is read here is refused, what is only kept is kept as it came.</summary>
public sealed class ContentCodingStories(string engine) : DaemonFixture(engine)
{
    private const string FormType = "multipart/form-data; boundary=b";
    private const string Report = "/xyz/api/cleaner/tasks/report?id=1";

    protected override void Prepare(string home) => File.WriteAllText(Path.Join(home, "filestore.json"),
        """{ "jobs": { "enabled": true }, "tasks": { "items": [ { "id": 1, "name": "a" } ] }, "relay": { "upstream": "http://127.0.0.1:9/upload" } }""");

    [TestCase("POST", "/", FormType)]
    [TestCase("POST", "/files", FormType)]
    [TestCase("PUT", "/files/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", FormType)]
    [TestCase("POST", "/upload", FormType)]
    [TestCase("POST", "/upload1", FormType)]
    [TestCase("POST", "/upload2", "application/json")]
    [TestCase("POST", "/api/jobs", "application/json")]
    [TestCase("POST", Report, FormType)]
    [TestCase("POST", Report, "application/json")]
    public void A_compressed_body_that_has_to_be_read_is_refused(string method, string path, string type)
    {
        foreach (var coding in (string[])["gzip", "GZIP", "x-gzip", "br", "identity, deflate", "unheard-of"])
        {
            var answer = Daemon.Ask($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Encoding: {coding}\r\nContent-Length: 5\r\n\r\nhello");

            answer.ShouldBeProblem(415);
            answer!.Field("Accept-Encoding").Should().Be("identity");
        }
    }

    [TestCase("identity")]
    [TestCase("Identity, identity")]
    [TestCase("")]
    public void One_that_says_it_is_not_compressed_is_read(string coding) =>
        Daemon.Ask($"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Encoding: {coding}\r\nContent-Length: 18\r\n\r\n{{\"command\":\"true\"}}")!
            .Status.Should().Be(202);

    [Test]
    public async Task A_file_is_stored_as_it_came()
    {
        var file = Sample.Random(1000);

        using var answer = await Client.SendAsync("POST", "/", new ByteArrayContent(file.Bytes), ("Content-Encoding", "gzip"));

        (await answer.TextAsync()).Should().Be(file.Hash);
        using var download = await Client.GetAsync($"/files/{file.Hash}");
        download.Content.Headers.ContentEncoding.Should().BeEmpty();
        (await download.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes);
    }
}

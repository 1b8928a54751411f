using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[Category("Quick")]
public sealed class UploadStories(string engine) : DaemonFixture(engine)
{
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Test]
    public async Task A_body_is_stored_under_its_hash()
    {
        var file = Sample.Of("Привет, мир\n");

        using var answer = await Client.PostAsync("/", new ByteArrayContent(file.Bytes));

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().StartWith("text/plain");
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(Encoding.ASCII.GetBytes(file.Hash), "the hash, and not even a line end behind it");
        Store.Read(file.Hash).Should().Equal(file.Bytes);
    }

    [TestCase(1)]
    [TestCase(131_072)]
    [TestCase(3_000_001)]
    public async Task A_chunked_body_is_stored_like_any_other(int size)
    {
        var file = Sample.Random(size);

        using var answer = await Client.SendAsync("POST", "/", Responses.Chunked(file.Bytes));

        (await answer.TextAsync()).Should().Be(file.Hash);
        Store.Read(file.Hash).Should().Equal(file.Bytes);
    }

    [Test]
    public void Chunk_extensions_and_trailers_are_not_part_of_the_file()
    {
        var answer = Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0006\r\n world\r\n0\r\nX-Later: 1\r\n\r\n");

        answer!.Text.Should().Be(Sample.Of("hello world").Hash);
    }

    [Test]
    public async Task The_same_bytes_again_are_kept_once()
    {
        var file = Sample.Random(1000);

        var first = await PostForJsonAsync(file.Bytes);
        var second = await PostForJsonAsync(file.Bytes);

        first.Should().Be($$"""{"file_hash":"{{file.Hash}}","size":1000,"created":true}""");
        second.Should().Be($$"""{"file_hash":"{{file.Hash}}","size":1000,"created":false}""");
        Store.Blobs.Count(name => name == file.Hash).Should().Be(1);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task Of_many_that_upload_the_same_bytes_at_once_one_creates_the_file()
    {
        var file = Sample.Random(500_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => PostForJsonAsync(file.Bytes)));

        answers.Count(text => text.Contains("\"created\":true")).Should().Be(1);
        answers.Should().OnlyContain(text => text.Contains(file.Hash));
        Store.Read(file.Hash).Should().Equal(file.Bytes);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("application/json", true)]
    [TestCase("application/json; charset=utf-8", true)]
    [TestCase("text/html, application/json;q=0.9", true)]
    [TestCase("text/plain, application/json;q=0.9", false)]
    [TestCase("application/json;q=0", false)]
    [TestCase("*/*", false)]
    [TestCase("this is / no, media type", false)]
    public async Task The_answer_is_json_for_those_who_want_it(string accept, bool json)
    {
        using var answer = await Client.SendAsync("POST", "/", new ByteArrayContent(Sample.Random(10).Bytes), ("Accept", accept));

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().StartWith(json ? "application/json; charset=utf-8" : "text/plain");
        (await answer.TextAsync()).StartsWith('{').Should().Be(json);
    }

    [Test]
    public async Task A_request_without_a_body_is_refused()
    {
        Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\n\r\n").ShouldBeProblem(400);
        Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(400);
        Daemon.Ask("POST / HTTP/1.0\r\n\r\n").ShouldBeProblem(400);
        Daemon.Ask("POST /files HTTP/1.0\r\n\r\nhello").ShouldBeProblem(400);
        Daemon.Ask($"PUT /files/{Bytes.HashOf([])} HTTP/1.0\r\n\r\nhello").ShouldBeProblem(400);
        Daemon.Ask("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(400);
        Daemon.Ask("POST /files HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 0\r\n\r\n").ShouldBeProblem(400);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("HTTP/1.1\r\nHost: h")]
    [TestCase("HTTP/1.1\r\nHost: h\r\nContent-Length: 0")]
    [TestCase("HTTP/1.0\r\nContent-Length: 0")]
    public void No_body_is_the_empty_file_where_files_are_created(string versionAndFields)
    {
        Daemon.Ask($"DELETE /files/{EmptyHash} HTTP/1.1\r\nHost: h\r\n\r\n");

        var created = Daemon.Ask($"POST /files {versionAndFields}\r\n\r\n")!;
        var again = Daemon.Ask($"POST /files {versionAndFields}\r\n\r\n")!;

        (created.Status, created.Text, created.Field("Location")).Should().Be((201, EmptyHash, $"/files/{EmptyHash}"));
        (again.Status, again.Text).Should().Be((200, EmptyHash));
    }

    [Test]
    public void A_body_of_no_chunks_is_an_empty_file()
    {
        var answer = Daemon.Ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        answer!.Text.Should().Be(EmptyHash);
        Store.Read(EmptyHash).Should().BeEmpty();
    }

    [Test]
    public async Task Files_tells_where_a_new_file_is()
    {
        var file = Sample.Random(5000);

        using var first = await Client.PostAsync("/files", new ByteArrayContent(file.Bytes));
        using var second = await Client.PostAsync("/files", new ByteArrayContent(file.Bytes));

        first.Status().Should().Be(201);
        first.Field("Location").Should().Be($"/files/{file.Hash}");
        (await first.TextAsync()).Should().Be(file.Hash);
        (await Client.GetByteArrayAsync(first.Headers.Location)).Should().Equal(file.Bytes);
        second.Status().Should().Be(200);
        second.Field("Location").Should().BeNull();
        (await second.TextAsync()).Should().Be(file.Hash);
    }

    [TestCase("application/x-www-form-urlencoded")] // what curl --data-binary says if not told otherwise
    [TestCase("multipart/mixed; boundary=x")]
    [TestCase("text/html")]
    [TestCase("no type at all")]
    public async Task Any_type_but_a_form_is_a_file_as_it_is(string type)
    {
        var file = Sample.Random(100);

        using var answer = await Client.SendAsync("POST", "/", new ByteArrayContent(file.Bytes), ("Content-Type", type));

        (await answer.TextAsync()).Should().Be(file.Hash);
    }

    private async Task<string> PostForJsonAsync(byte[] bytes)
    {
        using var answer = await Client.SendAsync("POST", "/", new ByteArrayContent(bytes), ("Accept", "application/json"));
        answer.Status().Should().Be(200);
        return await answer.TextAsync();
    }
}

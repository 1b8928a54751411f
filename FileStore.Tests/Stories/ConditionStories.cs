using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Conditional requests; H in a field stands for the file's hash, T for its date.</summary>
[EngineNeutral]
[Category("Quick")]
public sealed class ConditionStories(string engine) : DaemonFixture(engine)
{
    private const string Before = "Sat, 01 Jan 2000 00:00:00 GMT";
    private const string After = "Fri, 01 Jan 2100 00:00:00 GMT";

    private Sample _file;
    private string _date;

    [OneTimeSetUp]
    public async Task StoreAFile()
    {
        _file = Sample.Random(1000);
        await StoreAsync(_file.Bytes);
        using var answer = await Client.GetAsync($"/files/{_file.Hash}");
        _date = answer.Field("Last-Modified")!;
    }

    [TestCase(304, "If-None-Match: \"H\"")]
    [TestCase(304, "If-None-Match: W/\"H\"")]
    [TestCase(304, "If-None-Match: *")]
    [TestCase(304, "If-None-Match: \"other\", \"H\"")]
    [TestCase(304, "If-None-Match: \"H\"", "If-Modified-Since: " + Before)]
    [TestCase(304, "If-Modified-Since: T")]
    [TestCase(304, "If-Modified-Since: " + After)]
    [TestCase(304, "If-None-Match: \"H\"", "Range: bytes=0-1")]
    [TestCase(200, "If-None-Match: \"other\"")]
    [TestCase(200, "If-None-Match: H")] // no entity tag without its quotes
    [TestCase(200, "If-None-Match: \"other\"", "If-Modified-Since: T")]
    [TestCase(200, "If-Modified-Since: " + Before)]
    [TestCase(200, "If-Modified-Since: yesterday")]
    [TestCase(200, "If-Match: \"H\"")]
    [TestCase(200, "If-Match: *")]
    [TestCase(200, "If-Match: \"other\", \"H\"")]
    [TestCase(200, "If-Match: \"H\"", "If-Unmodified-Since: " + Before)]
    [TestCase(200, "If-Unmodified-Since: T")]
    [TestCase(200, "If-Unmodified-Since: yesterday")]
    [TestCase(412, "If-Match: \"other\"")]
    [TestCase(412, "If-Match: W/\"H\"")] // compared strongly
    [TestCase(412, "If-Unmodified-Since: " + Before)]
    [TestCase(412, "If-Match: \"other\"", "If-None-Match: \"H\"")]
    [TestCase(206, "Range: bytes=0-1", "If-Range: \"H\"")]
    [TestCase(206, "Range: bytes=0-1", "If-Range: T")]
    [TestCase(200, "Range: bytes=0-1", "If-Range: W/\"H\"")]
    [TestCase(200, "Range: bytes=0-1", "If-Range: \"other\"")]
    [TestCase(200, "Range: bytes=0-1", "If-Range: " + After)]
    [TestCase(200, "Range: bytes=0-1", "If-Range: nonsense")]
    [TestCase(412, "Range: bytes=0-1", "If-Match: \"other\"")]
    [TestCase(416, "Range: bytes=1000-", "If-Range: \"H\"")]
    [TestCase(200, "Range: bytes=1000-", "If-Range: \"other\"")]
    public async Task Conditions_are_judged_as_the_standard_says(int status, params string[] conditions)
    {
        using var answer = await GetAsync("GET", conditions);

        if (status >= 400)
            await answer.ShouldBeProblemAsync(status);
        answer.Status().Should().Be(status);
        if (status == 200)
            (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(_file.Bytes);
        if (status == 206)
            (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(_file.Bytes[..2]);
        if (status < 400)
            answer.Field("ETag").Should().Be($"\"{_file.Hash}\"");

        using var head = await GetAsync("HEAD", conditions);
        head.Status().Should().Be(status is 206 or 416 ? 200 : status, "HEAD has no ranges");
    }

    [Test]
    public void Not_modified_is_a_head_that_agrees_with_the_file()
    {
        using var socket = Daemon.Connect();
        foreach (var method in (string[])["GET", "HEAD", "GET"])
        {
            socket.SendText($"{method} /files/{_file.Hash} HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"{_file.Hash}\"\r\n\r\n");

            var answer = socket.ReadAnswer()!;

            answer.Status.Should().Be(304);
            answer.Field("Cache-Control").Should().StartWith("public");
            answer.Field("Last-Modified").Should().Be(_date);
            answer.Field("Date").Should().NotBeNull();
            answer.Field("Transfer-Encoding").Should().BeNull();
            // RFC 9110, 8.6: it may be absent, but not of another value than the 200 would have.
            answer.Field("Content-Length").Should().BeOneOf([null, "1000"]);
        }
    }

    [Test]
    public async Task An_absent_blob_is_a_404_even_with_If_Match()
    {
        using var answer = await Client.SendAsync("GET", $"/files/{Sample.Random(5).Hash}", null, ("If-Match", "*"));

        await answer.ShouldBeProblemAsync(404);
    }

    [Test]
    public async Task Delete_keeps_to_conditions()
    {
        var hash = await StoreAsync(Sample.Random(10).Bytes);

        using var refused = await Client.SendAsync("DELETE", $"/files/{hash}", null, ("If-Match", "\"other\""));
        using var old = await Client.SendAsync("DELETE", $"/?file_hash={hash}", null, ("If-Unmodified-Since", Before));
        using var deleted = await Client.SendAsync("DELETE", $"/files/{hash}", null, ("If-Match", $"\"{hash}\""));

        await refused.ShouldBeProblemAsync(412);
        await old.ShouldBeProblemAsync(412);
        deleted.Status().Should().Be(200);
        Store.Has(hash).Should().BeFalse();
    }

    private Task<HttpResponseMessage> GetAsync(string method, string[] conditions) => Client.SendAsync(method, $"/files/{_file.Hash}", null,
        [.. conditions.Select(c => c.Split(": ")).Select(c => (c[0], c[1] == "T" ? _date : c[1].Replace("\"H\"", $"\"{_file.Hash}\"")))]);
}

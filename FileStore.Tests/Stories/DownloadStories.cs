using System.Globalization;
using System.Security.Cryptography;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[Category("Quick")]
public sealed class DownloadStories(string engine) : DaemonFixture(engine)
{
    private static string[] Places { get; } = ["/?file_hash=", "/files/"];

    [Test]
    public async Task A_download_says_all_there_is_to_know([ValueSource(nameof(Places))] string place)
    {
        var file = Sample.Random(12_345);
        await StoreAsync(file.Bytes);

        using var answer = await Client.GetAsync(place + file.Hash);

        answer.Status().Should().Be(200);
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(file.Bytes);
        answer.Field("Content-Length").Should().Be("12345");
        answer.Field("Content-Type").Should().Be("application/octet-stream");
        answer.Field("Accept-Ranges").Should().Be("bytes");
        answer.Field("ETag").Should().Be($"\"{file.Hash}\"");
        answer.Field("Cache-Control").Should().Be("public, max-age=31536000, immutable");
        answer.Field("Repr-Digest").Should().Be($"sha-256=:{Convert.ToBase64String(SHA256.HashData(file.Bytes))}:");
        answer.Field("Content-Security-Policy").Should().Be("sandbox; default-src 'none'");
        answer.Field("X-Content-Type-Options").Should().Be("nosniff");
        answer.Field("X-Request-Id").Should().NotBeNullOrEmpty();
        answer.Field("Content-Disposition").Should().BeNull("nobody has named the file");
        answer.Field("Transfer-Encoding").Should().BeNull();
        answer.Field("Last-Modified").Should().Be(File.GetLastWriteTimeUtc(Store.PathOf(file.Hash)).ToString("R"));
        DateOf(answer, "Last-Modified").Should().BeOnOrBefore(DateOf(answer, "Date"));
    }

    [Test]
    public async Task A_file_from_the_future_is_not_modified_after_now()
    {
        var file = Sample.Random(10);
        await StoreAsync(file.Bytes);
        File.SetLastWriteTimeUtc(Store.PathOf(file.Hash), DateTime.UtcNow.AddDays(3));

        using var answer = await Client.GetAsync($"/files/{file.Hash}");

        DateOf(answer, "Last-Modified").Should().BeOnOrBefore(DateOf(answer, "Date"));
    }

    [Test]
    public async Task Head_is_get_without_the_bytes()
    {
        var file = Sample.Random(54_321);
        await StoreAsync(file.Bytes);
        string[] targets =
        [
            $"/?file_hash={file.Hash}", $"/files/{file.Hash}", $"/files/{file.Hash}?name=a.pdf", $"/files/{Sample.Of("").Hash}",
            "/", "/files/abc", "/nowhere", "/files", "/healthz", "/files?limit=0",
        ];
        await StoreAsync([1]);
        foreach (var target in targets)
        {
            using var get = await Client.GetAsync(target);
            using var head = await Client.SendAsync("HEAD", target);

            head.Status().Should().Be(get.Status(), target);
            head.LastingFields().Should().Equal(get.LastingFields(), target);
            (await head.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
        }
    }

    [Test]
    public async Task After_head_the_connection_is_in_step()
    {
        var hash = await StoreAsync(Sample.Random(1000).Bytes);
        using var socket = Daemon.Connect();
        foreach (var target in (string[])[$"/files/{hash}", "/nowhere", "/files"])
        {
            socket.SendText($"HEAD {target} HTTP/1.1\r\nHost: h\r\n\r\n");
            socket.ReadAnswer(head: true).Should().NotBeNull();
        }

        socket.SendText("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        socket.ReadAnswer()!.Text.Should().Be("""{"status":"ok"}""");
    }

    [Test]
    public async Task Bytes_stay_exact_however_often_they_are_asked_for()
    {
        foreach (var size in (int[])[0, 1, 4096, 131_071, 131_072, 131_073, 262_144, 262_145, 2_000_000])
        {
            var file = Sample.Random(size);
            await StoreAsync(file.Bytes);
            for (var time = 0; time < 4; time++) // from the disk, then from memory
                (await Client.GetByteArrayAsync($"/files/{file.Hash}")).Should().Equal(file.Bytes);
        }
    }

    [Test]
    public async Task Upper_case_names_the_same_file([ValueSource(nameof(Places))] string place)
    {
        var file = Sample.Random(10);
        await StoreAsync(file.Bytes);

        using var answer = await Client.GetAsync(place + file.Hash.ToUpperInvariant());

        answer.Status().Should().Be(200);
        answer.Field("ETag").Should().Be($"\"{file.Hash}\"");
    }

    [TestCase("/")]
    [TestCase("/?file_hash=")]
    [TestCase("/?file_hash")]
    [TestCase("/?hash=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase("/?file_hash=abc")]
    [TestCase("/?file_hash=d41d8cd98f00b204e9800998ecf8427e")]
    [TestCase("/?file_hash=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g")]
    [TestCase("/?file_hash=%20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [TestCase("/?file_hash=../../../../../../../../../../../../../../../../../../../../../etc/passwd")]
    [TestCase("/files/abc")]
    [TestCase("/files/..%2f..%2f..%2fetc%2fpasswd")]
    [TestCase("/files/%00")]
    [TestCase("/files/%ff")]
    [TestCase("/files/.incoming")]
    public void A_malformed_hash_is_a_400(string target)
    {
        foreach (var method in (string[])["GET", "DELETE"])
            Daemon.Ask($"{method} {target} HTTP/1.1\r\nHost: h\r\n\r\n").ShouldBeProblem(400);
    }

    [Test]
    public async Task An_absent_file_is_not_found([ValueSource(nameof(Places))] string place)
    {
        var hash = Sample.Random(10).Hash;

        using var answer = await Client.GetAsync(place + hash);

        await answer.ShouldBeProblemAsync(404);
        answer.Field("Cache-Control").Should().Be("no-store");
    }

    [Test]
    public async Task A_download_that_runs_survives_the_deletion()
    {
        var file = Sample.Random(24_000_000);
        await StoreAsync(file.Bytes);
        using var socket = Daemon.Connect(receiveBuffer: 32 << 10);
        socket.SendText($"GET /files/{file.Hash} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        var first = new byte[1000];
        var count = socket.Receive(first);

        using var deleted = await Client.DeleteAsync($"/files/{file.Hash}");
        using var gone = await Client.GetAsync($"/files/{file.Hash}");

        deleted.Status().Should().Be(200);
        gone.Status().Should().Be(404);
        byte[] answer = [.. first[..count], .. socket.ReadToEnd()];
        answer[^file.Bytes.Length..].Should().Equal(file.Bytes);
    }

    [Test]
    public async Task A_file_that_shrinks_under_a_download_is_seen_as_cut()
    {
        var file = Sample.Random(24_000_000);
        await StoreAsync(file.Bytes);
        using var socket = Daemon.Connect(receiveBuffer: 32 << 10);
        socket.SendText($"GET /files/{file.Hash} HTTP/1.1\r\nHost: h\r\n\r\n");
        socket.Receive(new byte[1000]);

        File.SetUnixFileMode(Store.PathOf(file.Hash), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var blob = File.OpenWrite(Store.PathOf(file.Hash)))
            blob.SetLength(20_000_000);

        socket.ReadToEnd().Length.Should().BeLessThanOrEqualTo(20_001_000, "the connection ends, and nothing is made up");
        using var health = await Client.GetAsync("/healthz");
        health.Status().Should().Be(200);
    }

    private static DateTimeOffset DateOf(HttpResponseMessage answer, string field) =>
        DateTimeOffset.ParseExact(answer.Field(field)!, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

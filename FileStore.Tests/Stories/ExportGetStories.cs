using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Downloads from an export; F in a path is a file of 1000 bytes, or what was packed of it.</summary>
[EngineNeutral]
[Category("Quick")]
public sealed class ExportGetStories(string engine) : ExportFixture(engine)
{
    private const string Plain = "/get?dir=dir_1&name=F.txt";

    private static readonly string[] Forms = [Plain, Plain + "&compress=zip", Plain + "&compress=gz"];

    private byte[] _content;

    [SetUp]
    public void MakeAFile() => _content = WriteRandom("F.txt", 1000);

    [Test]
    public async Task A_file_comes_as_it_is()
    {
        using var answer = await Client.GetAsync(Plain);

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("text/plain");
        answer.Field("Content-Length").Should().Be("1000");
        answer.Field("Content-Disposition").Should().Be("attachment; filename=F.txt; filename*=UTF-8''F.txt");
        answer.Field("Accept-Ranges").Should().Be("bytes");
        answer.Field("ETag").Should().MatchRegex("^\"[!#-~]+\"$");
        answer.Field("Last-Modified").Should().NotBeNull();
        answer.Field("Cache-Control").Should().Be("public, no-cache");
        answer.Field("Content-Security-Policy").Should().Be("sandbox; default-src 'none'");
        answer.Field("X-Content-Type-Options").Should().Be("nosniff");
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(_content);
    }

    [Test]
    public async Task A_file_comes_packed()
    {
        using var zip = await Client.GetAsync(Plain + "&compress=zip");
        using var gzip = await Client.GetAsync(Plain + "&compress=gz");

        Archives.Unzip(await zip.Content.ReadAsByteArrayAsync()).ShouldBe("F.txt", _content);
        Archives.Gunzip(await gzip.Content.ReadAsByteArrayAsync()).Should().Equal(_content);
        zip.Field("Content-Disposition").Should().StartWith("attachment; filename=F.zip;");
        gzip.Field("Content-Disposition").Should().StartWith("attachment; filename=F.txt.gz;");
        zip.Field("Content-Type").Should().Be("application/zip");
        gzip.Field("Content-Type").Should().Be("application/gzip");
        foreach (var answer in (HttpResponseMessage[])[zip, gzip])
        {
            answer.Field("Content-Length").Should().Be($"{(await answer.Content.ReadAsByteArrayAsync()).Length}");
            answer.Field("Content-Encoding").Should().BeNull("the archive is what was asked for");
            answer.Field("Transfer-Encoding").Should().BeNull();
        }

        Names().Should().Equal("F.txt");
        Directory.GetFileSystemEntries(Path.Join(Daemon.Home, "store/.incoming")).Should().BeEmpty();
    }

    [TestCaseSource(nameof(Forms))]
    public async Task HEAD_is_the_same_without_the_file(string path)
    {
        using var get = await Client.GetAsync(path);
        using var head = await Client.SendAsync("HEAD", path);

        head.Status().Should().Be(200);
        head.LastingFields().Should().Equal(get.LastingFields());
        (await head.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [TestCaseSource(nameof(Forms))]
    public async Task Ranges_and_conditions_hold_in_every_form(string path)
    {
        using var whole = await Client.GetAsync(path);
        var bytes = await whole.Content.ReadAsByteArrayAsync();
        var (tag, date) = (whole.Field("ETag")!, whole.Field("Last-Modified")!);

        using var range = await Client.SendAsync("GET", path, null, ("Range", "bytes=5-9"), ("If-Range", tag));
        range.Status().Should().Be(206);
        range.Field("Content-Range").Should().Be($"bytes 5-9/{bytes.Length}");
        (await range.Content.ReadAsByteArrayAsync()).Should().Equal(bytes[5..10]);
        using var suffix = await Client.SendAsync("GET", path, null, ("Range", "bytes=-3"));
        (await suffix.Content.ReadAsByteArrayAsync()).Should().Equal(bytes[^3..]);
        using var beyond = await Client.SendAsync("GET", path, null, ("Range", $"bytes={bytes.Length}-"));
        (await beyond.ShouldBeProblemAsync(416)).Field("Content-Range").Should().Be($"bytes */{bytes.Length}");

        (int, string, string)[] conditions =
        [
            (304, "If-None-Match", tag), (200, "If-None-Match", "\"other\""), (304, "If-None-Match", "*"), (304, "If-Modified-Since", date),
            (200, "If-Match", tag), (412, "If-Match", "\"other\""), (412, "If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ];
        foreach (var (status, name, value) in conditions)
        {
            using var answer = await Client.SendAsync("GET", path, null, (name, value));
            answer.Status().Should().Be(status, $"{name}: {value}");
        }
    }

    [TestCaseSource(nameof(Forms))]
    public async Task A_changed_file_is_not_pieced_together(string path)
    {
        using var before = await Client.GetAsync(path);
        File.AppendAllText(this["F.txt"], "more");

        using var answer = await Client.SendAsync("GET", path, null, ("Range", "bytes=5-9"), ("If-Range", before.Field("ETag")!));

        answer.Status().Should().Be(200);
        answer.Field("ETag").Should().NotBe(before.Field("ETag"));
    }

    [Test]
    public async Task Every_form_has_a_tag_of_its_own()
    {
        var tags = await Task.WhenAll(Forms.Select(async path =>
        {
            using var answer = await Client.GetAsync(path);
            return answer.Field("ETag");
        }));

        tags.Should().OnlyHaveUniqueItems();
    }

    [TestCase(400, "/get")]
    [TestCase(400, "/get?dir=dir_1")]
    [TestCase(400, "/get?name=F.txt")]
    [TestCase(400, "/get?dir=dir_1&name=")]
    [TestCase(400, Plain + "&compress=rar")]
    [TestCase(400, Plain + "&compress=ZIP")]
    [TestCase(400, Plain + "&compress=%00")]
    [TestCase(400, "/get?dir=dir_1&name=%ff")]
    [TestCase(404, "/get?dir=unknown&name=F.txt")]
    [TestCase(404, "/get?dir=dir_1&name=f.txt")]
    [TestCase(404, "/get?dir=dir_1&name=.hidden")]
    [TestCase(404, "/get?dir=dir_1&name=.hidden&compress=zip")]
    [TestCase(404, "/get?dir=dir_1&name=F.txt%00")]
    [TestCase(404, "/get?dir=dir_1&name=%0d%0aX-Injected:1")]
    public async Task A_missing_file_or_a_wrong_parameter_is_refused(int status, string path)
    {
        Write(".hidden");

        using var answer = await Client.GetAsync(path);

        await answer.ShouldBeProblemAsync(status);
    }

    [Test]
    public async Task A_name_longer_than_a_file_s_is_not_there()
    {
        foreach (var name in (string[])[new('x', 256), new('x', 300), new('ж', 128), new('x', 5000)])
        {
            foreach (var verb in (string[])["get", "delete"])
            {
                using var answer = await Client.GetAsync(PathOf(verb, name));
                await answer.ShouldBeProblemAsync(404);
            }
        }
    }

    [Test]
    public async Task A_name_is_found_and_told_in_a_form_that_is_safe_to_save()
    {
        (string, string, string)[] names =
        [
            ("two words.txt", "two words.txt", "two words.zip"), ("отчёт за май.pdf", "отчёт за май.pdf", "отчёт за май.zip"),
            ("смайл 😀.txt", "смайл 😀.txt", "смайл 😀.zip"), ("50% & 'more'+(1).txt", "50% & 'more'+(1).txt", "50% & 'more'+(1).zip"),
            ("quo\"te;.txt", "quo_te;.txt", "quo_te;.zip"), ("invoice\u202efdp.exe", "invoice_fdp.exe", "invoice_fdp.zip"),
            ("line\u2028.txt", "line_.txt", "line_.zip"), ("e\u0301.txt", "e\u0301.txt", "e\u0301.zip"), ("<b>.html", "<b>.html", "<b>.zip"),
            ("%2e%2e%2f", "%2e%2e%2f", "%2e%2e%2f.zip"), ("*", "*", "*.zip"), (new('x', 255), new('x', 255), new string('x', 251) + ".zip"),
        ];
        foreach (var (name, saved, packed) in names)
        {
            Write(name, name);
            (await ListAsync($"&prefix={Uri.EscapeDataString(name)}")).Should().Contain(name);
            foreach (var (query, expected) in ((string, string)[])[("", saved), ("&compress=zip", packed)])
            {
                using var answer = await Client.GetAsync(PathOf("get", name) + query);
                answer.Status().Should().Be(200);
                var disposition = answer.Field("Content-Disposition")!;
                disposition.Should().MatchRegex("^attachment; filename=\"?[ !#-~]+\"?; filename\\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$");
                Uri.UnescapeDataString(disposition.Split("UTF-8''")[1]).Should().Be(expected);
            }
        }
    }
}

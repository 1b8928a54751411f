using System.Text;
using System.Text.RegularExpressions;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary><c>name=</c>: how a download is called where it is saved, and what it is taken for.</summary>
[EngineNeutral]
public sealed partial class DownloadNameStories(string engine) : DaemonFixture(engine)
{
    private string _hash;

    [OneTimeSetUp]
    public async Task StoreAFile() => _hash = await StoreAsync("<script>alert(1)</script>"u8.ToArray());

    [TestCase("report.pdf", "application/pdf")]
    [TestCase("notes.txt", "text/plain")]
    [TestCase("page.html", "text/html")]
    [TestCase("drawing.svg", "image/svg+xml")]
    [TestCase("PHOTO.JPG", "image/jpeg")]
    [TestCase("archive.tar.gz", "application/gzip")]
    [TestCase("data.json", "application/json")]
    [TestCase("what.is-this", "application/octet-stream")]
    [TestCase("Makefile", "application/octet-stream")]
    [TestCase("отчёт.pdf", "application/pdf")]
    public async Task The_type_follows_the_extension_and_never_runs_here(string name, string type)
    {
        using var answer = await GetAsync(name);

        answer.Field("Content-Type")!.Split(';')[0].Should().Be(type);
        answer.Field("Content-Disposition").Should().StartWith("attachment");
        answer.Field("Content-Security-Policy").Should().Be("sandbox; default-src 'none'");
        answer.Field("X-Content-Type-Options").Should().Be("nosniff");
    }

    [TestCase("report.pdf", "report.pdf")]
    [TestCase("отчёт за май.pdf", "отчёт за май.pdf")]
    [TestCase("50% & 'more' (1).txt", "50% & 'more' (1).txt")]
    [TestCase("смайл 😀.txt", "смайл 😀.txt")]
    [TestCase("word\u2060joiner\u200B.txt", "word\u2060joiner\u200B.txt")]
    [TestCase("quo\"te.txt", "quo_te.txt")]
    [TestCase("../../etc/passwd", ".._.._etc_passwd")]
    [TestCase("..\\..\\boot.ini", ".._.._boot.ini")]
    [TestCase("invoice\u202Efdp.exe", "invoice_fdp.exe")] // shows as invoiceexe.pdf
    [TestCase("..", "_")]
    [TestCase(" . ", "_")]
    public async Task The_name_is_told_in_a_form_that_is_safe_to_save(string name, string saved)
    {
        using var answer = await GetAsync(name);

        var disposition = answer.Field("Content-Disposition")!;
        disposition.Should().MatchRegex("^attachment; filename=\"?[ !#-~]+\"?; filename\\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$");
        Uri.UnescapeDataString(ExtendedName().Match(disposition).Groups[1].Value).Should().Be(saved);
    }

    [Test]
    public async Task A_name_is_never_longer_than_a_file_system_takes()
    {
        using var answer = await GetAsync(new string('ж', 300) + ".txt");

        var name = Uri.UnescapeDataString(ExtendedName().Match(answer.Field("Content-Disposition")!).Groups[1].Value);
        Encoding.UTF8.GetByteCount(name).Should().BeInRange(200, 255);
    }

    [TestCase("a%0d%0aSet-Cookie:x=1")]
    [TestCase("a%00b")]
    [TestCase("a%1b[31m")]
    [TestCase("%d0")]
    [TestCase("%zz")]
    public void A_name_with_control_characters_or_broken_letters_is_refused(string name) =>
        Daemon.Ask($"GET /files/{_hash}?name={name} HTTP/1.1\r\nHost: h\r\n\r\n").ShouldBeProblem(400);

    [Test]
    public async Task An_empty_name_is_ignored()
    {
        using var answer = await GetAsync("");

        answer.Status().Should().Be(200);
        answer.Field("Content-Disposition").Should().BeNull();
        answer.Field("Content-Type").Should().Be("application/octet-stream");
    }

    private Task<HttpResponseMessage> GetAsync(string name) => Client.GetAsync($"/?file_hash={_hash}&name={Uri.EscapeDataString(name)}");

    [GeneratedRegex("filename\\*=UTF-8''(.*)$")]
    private static partial Regex ExtendedName();
}

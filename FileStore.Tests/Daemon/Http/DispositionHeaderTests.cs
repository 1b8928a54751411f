using FileStore.Daemon.Http;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http;

/// <summary>RFC 6266 as servers really write it; forms are in <see cref="MultipartUploadTests"/>.</summary>
[TestFixture]
public sealed class DispositionHeaderTests
{
    [TestCase("attachment; filename=report.pdf", "report.pdf")]
    [TestCase("ATTACHMENT; FILENAME=\"report.pdf\"", "report.pdf")]
    [TestCase("inline; filename=\"a \\\"b\\\" \\\\ c.txt\"", "a \"b\" \\ c.txt", " c.txt")]
    [TestCase("attachment; filename=\"100%22.txt\"", "100%22.txt", Description = "no form, so nothing is decoded")]
    [TestCase("attachment; filename=\"x\"; filename*=UTF-8'ru'%D1%84.txt", "ф.txt")]
    [TestCase("attachment; filename*=iso-8859-1''caf%E9.txt", "café.txt")]
    [TestCase("attachment; filename*=\"UTF-8''%D1%84.txt\"", "ф.txt")]
    [TestCase("attachment; filename*=UTF-8''%D1; filename=x", "x", Description = "what cannot be decoded gives way")]
    [TestCase("attachment; filename*=%D1%84; filename=x", "x")]
    [TestCase("attachment; filename*=UTF-8''%zz; filename=x", "x")]
    [TestCase("attachment; filename*=UTF-8''dir%2F; filename=x", "x")]
    [TestCase("attachment;;filename=x;", "x")]
    [TestCase("attachment", null)]
    [TestCase("attachment; filename=\"\"", null)]
    [TestCase("attachment; filename=dir/", null)]
    public void The_best_name_is_taken(string header, string? name, string? last = null) =>
        DispositionHeader.Parse(header)!.FileNames(isForm: false).FirstOrDefault().Should().Be(last ?? name);

    [TestCase("")]
    [TestCase(null)]
    [TestCase("; filename=x")]
    [TestCase("attachment filename=x")]
    [TestCase("attachment; filename")]
    [TestCase("attachment; filename=\"x")]
    [TestCase("attachment; filename=\"x\\")]
    [TestCase("attachment; filename=x\"y\"")]
    [TestCase("attachment; =x")]
    [TestCase("attachment; filename=x; Filename=y")]
    [TestCase("\"attachment\"; filename=x")]
    public void What_can_be_understood_in_several_ways_is_not(string? header) => DispositionHeader.Parse(header).Should().BeNull();

    [Test]
    public void Header_bytes_are_UTF_8_or_else_Latin_1()
    {
        DispositionHeader.Text("Привет"u8).Should().Be("Привет");
        DispositionHeader.Text([0x63, 0xE9]).Should().Be("cé");
        DispositionHeader.Text("Ð¶").Should().Be("ж", "the library has read UTF-8 as Latin-1");
        DispositionHeader.Text("é").Should().Be("é");
    }
}

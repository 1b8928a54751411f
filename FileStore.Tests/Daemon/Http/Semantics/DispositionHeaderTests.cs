using FileStore.Daemon.Http.Semantics;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>RFC 6266 as servers actually use it. Forms are in <see cref="MultipartUploadTests"/>.</summary>
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
    [TestCase("attachment; filename*=utf8''%D1%84.txt", "ф.txt", Description = "a name of UTF-8 that many clients write")]
    [TestCase("attachment; filename*=iso-8859-1''%93a%94%81.txt", "“a”_.txt", Description = "Latin-1 is windows-1252")]
    [TestCase("attachment; filename*=windows-1251''%98%F4.txt", "_ф.txt")]
    [TestCase("attachment; filename=\"C:\\dir\\\"; size=1", null, Description = "a backslash before the closing quote, as browsers send it")]
    [TestCase("attachment; name=\"C:\\dir\\\"; filename=\"b.txt\"", "b.txt")]
    [TestCase("attachment; filename=\"C:\\dir\\\"; filename*=utf-8''b.txt", "b.txt")]
    [TestCase("attachment", null)]
    [TestCase("attachment; filename=\"\"", null)]
    [TestCase("attachment; filename=dir/", null)]
    public void The_best_name_is_taken(string header, string? name, string? last = null) =>
        DispositionHeader.Parse(header)!.FileNames(isForm: false).FirstOrDefault().Should().Be(last ?? name);

    [TestCase("")]
    [TestCase("attachment; name=\"a\\\"b\\\"; filename=x", Description = "one of its backslashes is an escape, and the other is none")]
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
    public void A_malformed_or_ambiguous_header_is_not_parsed(string? header) => DispositionHeader.Parse(header).Should().BeNull();

    [Test]
    public void Header_bytes_are_UTF_8_or_else_windows_1252()
    {
        DispositionHeader.Text("Привет"u8).Should().Be("Привет");
        DispositionHeader.Text([0x63, 0xE9]).Should().Be("cé");
        DispositionHeader.Text([0x80, 0x93, 0x94, 0xA0]).Should().Be("€“”\u00A0");
        DispositionHeader.Text([0x81, 0x8D, 0x8F, 0x90, 0x9D, 0x1F, 0x7F]).Should().Be("_____\u001F\u007F", "bytes without a character are no control characters");
        DispositionHeader.Text("Ð¶").Should().Be("ж", "the library has read UTF-8 as Latin-1");
        DispositionHeader.Text("é").Should().Be("é");
    }
}

using System.Text;
using FileStore.Daemon.Http.Semantics;
using FluentAssertions;
using Microsoft.Net.Http.Headers;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>RFC 6266 and RFC 8187.</summary>
[TestFixture]
public sealed class ContentDispositionTests
{
    [TestCase("report.pdf", "report.pdf")]
    [TestCase("my report.pdf", "my report.pdf")]
    [TestCase("100%.txt", "100%.txt")]
    [TestCase("a;b=c,d.txt", "a;b=c,d.txt")]
    [TestCase("отчёт за март.pdf", "отчёт за март.pdf")]
    [TestCase("文件.txt", "文件.txt")]
    [TestCase("\U0001F389.txt", "\U0001F389.txt", Description = "an emoji")]
    [TestCase(".hidden", ".hidden")]
    [TestCase("a\r\nSet-Cookie: b", "a__Set-Cookie: b")]
    [TestCase("a\nb\0c\u001bd\u007fe\u0085f", "a_b_c_d_e_f")]
    [TestCase("say \"hi\".txt", "say _hi_.txt")]
    [TestCase("../../etc/passwd", ".._.._etc_passwd")]
    [TestCase("C:\\boot.ini", "C:_boot.ini")]
    [TestCase("invoice\u202Efdp.exe", "invoice_fdp.exe", Description = "a right-to-left override shows it as invoiceexe.pdf")]
    [TestCase("a\u2066b\u2067c\u2068d\u2028e\u2029f", "a_b_c_d_e_f")]
    [TestCase("a\u200Bb\u2060c\u2061d\u2064e\uFEFFf\u206Ag", "a\u200Bb\u2060c\u2061d\u2064e\uFEFFf\u206Ag", Description = "they turn nothing")]
    [TestCase("\u070F\u0712.txt", "\u070F\u0712.txt", Description = "the mark of a Syriac abbreviation")]
    [TestCase("\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F.png", "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F.png", Description = "the flag of England")]
    [TestCase("\u0646\u0627\u0645\u0647\u200C\u0647\u0627.pdf", "\u0646\u0627\u0645\u0647\u200C\u0647\u0627.pdf", Description = "Persian needs its joiners")]
    [TestCase("\U0001F468\u200D\U0001F469\u200D\U0001F467.png", "\U0001F468\u200D\U0001F469\u200D\U0001F467.png", Description = "and so does a family of emoji")]
    [TestCase("Donau\u00ADdampf.txt", "Donau\u00ADdampf.txt")]
    [TestCase("\u0600\u0661.txt", "\u0600\u0661.txt")]
    [TestCase("a\u061Cb\u200Ec\u200Fd\u202Ae\u2069f", "a_b_c_d_e_f")]
    [TestCase("a\u202Bb\u202Cc\u202Dd\u202Ee", "a_b_c_d_e")]
    [TestCase("", "_")]
    [TestCase(".", "_")]
    [TestCase("..", "_")]
    [TestCase("...", "_")]
    [TestCase(" ", "_")]
    public void A_name_is_made_harmless_and_otherwise_kept(string name, string expected)
    {
        ContentDisposition.SafeName(name).Should().Be(expected);

        var field = ContentDisposition.Attachment(name);
        field.Should().MatchRegex("^[\\x20-\\x7E]+$", "a field of ASCII is read alike by all");
        ContentDispositionHeaderValue.TryParse(field, out var read).Should().BeTrue();
        read!.DispositionType.Value.Should().Be("attachment");
        read.FileNameStar.Value.Should().Be(expected);
        read.FileName.HasValue.Should().BeTrue("old clients know no filename*");
    }

    [TestCase("attachment; filename=\"отчёт.txt\"", "attachment; filename=_____.txt; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.txt")]
    [TestCase("inline; filename=\"dir/ж\"", "inline; filename=_; filename*=UTF-8''%D0%B6")]
    [TestCase("attachment; filename=\"ж", null)]
    [TestCase("attachment; x=\"ж\"", null)]
    public void A_name_of_another_server_is_written_in_ASCII(string header, string? expected) =>
        ContentDisposition.ToAscii(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(header))).Should().Be(expected);

    [Test]
    public void Half_a_letter_is_replaced() => ContentDisposition.SafeName($"a{(char)0xD800}b").Should().Be("a\uFFFDb");

    [Test]
    public void A_plain_name_is_written_as_one_would_by_hand() =>
        ContentDisposition.Attachment("report.pdf").Should().Be("attachment; filename=report.pdf; filename*=UTF-8''report.pdf");

    [Test]
    public void Letters_are_percent_encoded_for_new_clients_and_replaced_for_old_ones() =>
        ContentDisposition.Attachment("ж.txt").Should().Be("attachment; filename=_.txt; filename*=UTF-8''%D0%B6.txt");

    [TestCase("x")]
    [TestCase("ж")]
    [TestCase("文")]
    [TestCase("\U0001F389")]
    public void A_long_name_is_cut_to_255_bytes_between_letters(string letter)
    {
        var name = string.Concat(Enumerable.Repeat(letter, 300));

        var safe = ContentDisposition.SafeName(name);

        Encoding.UTF8.GetByteCount(safe).Should().BeInRange(252, 255);
        name.Should().StartWith(safe);
        safe.Should().NotContain("\uFFFD");
    }

    [Test]
    public void A_name_of_255_bytes_is_left_whole() => ContentDisposition.SafeName(new string('x', 255)).Should().HaveLength(255);
}

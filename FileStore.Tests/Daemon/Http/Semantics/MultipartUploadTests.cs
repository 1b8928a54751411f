using System.Text;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Semantics;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Semantics;

/// <summary>RFC 7578 over RFC 2046.</summary>
[TestFixture]
public sealed class MultipartUploadTests
{
    private const string File = "Content-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n";

    [TestCase("multipart/form-data; boundary=b", "b")]
    [TestCase("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", "a b")]
    [TestCase("multipart/form-data; boundary=\"--=_x:/?(y)\"", "--=_x:/?(y)")]
    [TestCase("multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxk", "----WebKitFormBoundary7MA4YWxk")]
    [TestCase("multipart/mixed; boundary=b", null)]
    [TestCase("multipart/form-data-x; boundary=b", null)]
    [TestCase("application/x-www-form-urlencoded", null)]
    [TestCase("text/plain; x=multipart/form-data", null)]
    [TestCase("rubbish", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void The_boundary_tells_a_form_from_a_file(string? type, string? boundary) =>
        MultipartUpload.Boundary(new FakeExchange("POST").With("Content-Type", type).ToRequest()).Should().Be(boundary);

    [TestCase("multipart/form-data")]
    [TestCase("multipart/form-data; boundary=")]
    [TestCase("multipart/form-data; boundary=\"\"")]
    [TestCase("multipart/form-data; charset=utf-8")]
    [TestCase("multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901")]
    [TestCase("multipart/form-data; boundary=a b")]
    [TestCase("multipart/form-data; boundary=a:b")]
    [TestCase("multipart/form-data; boundary=\"a")]
    [TestCase("multipart/form-data, text/plain")]
    public void A_form_without_a_usable_boundary_is_refused_and_never_taken_for_a_file(string type)
    {
        var read = () => MultipartUpload.Boundary(new FakeExchange("POST").With("Content-Type", type).ToRequest());

        read.Should().Throw<ProblemException>().Which.Problem.Status.Should().Be(400);
    }

    [Test]
    public async Task Parts_come_in_order_with_all_that_the_client_said_of_them()
    {
        var form = Form("Content-Disposition: form-data; name=\"comment\"\r\n\r\nhello",
            "Content-Disposition: form-data; name=\"one\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nfirst",
            "Content-Disposition: form-data; name=two; filename=b.bin\r\n\r\nsecond",
            "Content-Disposition: form-data; name=\"empty\"; filename=\"c\"\r\n\r\n");

        var parts = new List<string>();
        await foreach (var part in MultipartUpload.PartsAsync(new MemoryStream(Bytes.Of(form)), "b", CancellationToken.None))
            parts.Add($"{part.Name}|{part.FileName ?? "-"}|{part.ContentType ?? "-"}|{await TextAsync(part)}");

        parts.Should().Equal("comment|-|-|hello", "one|a.txt|text/plain|first", "two|b.bin|-|second", "empty|c|-|");
    }

    [TestCase("filename=\"\"", "f")]
    [TestCase("filename=\"a\\\"b\"", "a\"b")]
    [TestCase("filename=\"C:\\\\a.txt\"", "a.txt")]
    [TestCase("filename=\"; filename=x\"", "; filename=x")]
    [TestCase("filename*=UTF-8''%D0%B0.txt", "а.txt")]
    [TestCase("filename=\"plain.txt\"; filename*=UTF-8''%D0%B0.txt", "а.txt")]
    [TestCase("filename=\"отчёт.txt\"", "отчёт.txt")]
    [TestCase("", null)]
    public async Task A_part_is_a_file_when_it_has_a_file_name(string parameter, string? name)
    {
        var separator = parameter.Length > 0 ? "; " : "";
        var files = await ReadAsync(Form($"Content-Disposition: form-data; name=\"f\"{separator}{parameter}\r\n\r\n1"));

        files.Should().Equal(name is null ? [] : [$"f {name} 1"]);
    }

    [TestCase("x--b--")]
    [TestCase("\n--b\n")]
    [TestCase("\r\n-b\r\n")]
    [TestCase("\r\n--c\r\n")]
    [TestCase("\r\n--B--\r\n")]
    [TestCase("\r\n")]
    [TestCase("\r\n\r\n")]
    [TestCase("\r")]
    [TestCase("\r\n-")]
    [TestCase("\r\n--")]
    [TestCase("\r\r\n--\r\n--\r\n")]
    public async Task Bytes_that_only_resemble_a_boundary_belong_to_the_file(string content) =>
        (await ReadAsync(Form($"{File}\r\n{content}"))).Should().Equal($"f x {content}");

    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(4097)]
    [TestCase(70_000)]
    public async Task Bytes_come_as_they_were_sent_wherever_the_buffers_end(int length)
    {
        var content = Bytes.Random(length);
        byte[] form = [.. Bytes.Of($"--b\r\n{File}\r\n"), .. content, .. "\r\n--b--\r\n"u8];

        await foreach (var part in MultipartUpload.PartsAsync(new SlowStream(form, 1009), "b", CancellationToken.None))
        {
            using var read = new MemoryStream();
            await part.Content.CopyToAsync(read);
            read.ToArray().Should().Equal(content);
        }
    }

    [Test]
    public async Task A_preamble_and_an_epilogue_are_skipped()
    {
        var form = $"preamble\r\n--b\r\n{File}\r\n1\r\n--b--\r\nepilogue -- b\r\n--c\r\n{File}\r\n2\r\n--c--\r\n";

        (await ReadAsync(form)).Should().Equal("f x 1");
    }

    [TestCase("")]
    [TestCase(" \t")]
    [TestCase("\r\n")]
    [TestCase(" \r\n")]
    [TestCase("\r\n\r\nepilogue")]
    public async Task White_space_after_a_boundary_is_allowed(string end)
    {
        var form = Bytes.Of($"--b \t\r\n{File}\r\n1\r\n--b--{end}");
        foreach (var piece in (int[])[1, 2, 1000])
            (await ReadAsync(new SlowStream(form, piece))).Should().Equal(["f x 1"], $"pieces of {piece} bytes");
    }

    [Test]
    public async Task The_files_of_one_field_are_closed_like_the_form()
    {
        static string Mixed(string end) => Form("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n"
            + $"--i\r\nContent-Disposition: file; filename=a\r\n\r\n1\r\n{end}");

        (await ReadAsync(Mixed("--i--"))).Should().Equal("f a 1");
        (await RefusalAsync(Mixed("--i--x"))).Detail.Should().Contain("goes on after it");
        (await RefusalAsync(Mixed("--i--\r\n\n--i\n"))).Detail.Should().Contain("after its closing boundary");
    }

    [Test]
    public async Task A_form_cut_anywhere_before_its_closing_boundary_is_refused()
    {
        var form = Form($"{File}\r\nfirst", $"{File}\r\nsecond");
        var end = form.LastIndexOf("--", StringComparison.Ordinal) + 2;
        (await ReadAsync(form[..end])).Should().HaveCount(2, "the form ends there");

        for (var length = 0; length < end; length++)
            (await RefusalAsync(form[..length])).Status.Should().Be(400, $"cut after {length} bytes");
    }

    [TestCase("--b\n{0}\n1\n--b--\n", Description = "lines that end with LF")]
    [TestCase("--c\r\n{0}\r\n1\r\n--c--\r\n", Description = "another boundary than announced")]
    [TestCase("a file, and no form")]
    [TestCase("--b\r\nno colon\r\n\r\n1\r\n--b--\r\n")]
    [TestCase("--b\r\n\r\n1\r\n--b--\r\n", Description = "a part that does not say what it is")]
    [TestCase("--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--\r\n")]
    [TestCase("--b\r\nContent-Disposition: form-data name=f; filename=x\r\n\r\n1\r\n--b--\r\n")]
    [TestCase("--b\r\nContent-Disposition: form-data; name=f; filename*\r\n\r\n1\r\n--b--\r\n", Description = "a name that has to be decoded, and is not there")]
    [TestCase("--b\r\nContent-Disposition: form-data; name=f; filename=x; FileName*\r\n\r\n1\r\n--b--\r\n")]
    public async Task A_malformed_form_is_refused(string form) =>
        (await RefusalAsync(form.Replace("{0}", File, StringComparison.Ordinal))).Detail.Should().Contain("nothing was stored");

    [TestCase(40_000, 1)]
    [TestCase(10, 1000)]
    [TestCase(10_000_000, 1)]
    public async Task Endless_part_headers_are_refused_before_they_fill_the_memory(int length, int count)
    {
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('x', length)}\r\n"));
        var body = new SlowStream(Bytes.Of(Form($"{File}{headers}\r\n1")), 64 << 10);

        (await RefusalAsync(body)).Status.Should().Be(400);
        body.Given.Should().BeLessThan(1 << 20);
    }

    [Test]
    public async Task A_form_inside_a_form_is_bytes_like_any_others()
    {
        var inner = "--i\r\nContent-Disposition: attachment; filename=\"deep\"\r\n\r\n1\r\n--i--\r\n";

        var files = await ReadAsync(Form($"{File}Content-Type: multipart/mixed; boundary=i\r\n\r\n{inner}"));

        files.Should().Equal($"f x {inner}");
    }

    [Test]
    public async Task A_part_that_was_not_read_is_skipped_by_asking_for_the_next()
    {
        var names = new List<string>();
        var form = Form("Content-Disposition: form-data; name=a; filename=x\r\n\r\n" + new string('x', 50_000),
            "Content-Disposition: form-data; name=b; filename=y\r\n\r\nz");

        await foreach (var part in MultipartUpload.PartsAsync(new MemoryStream(Bytes.Of(form)), "b", CancellationToken.None))
            names.Add(part.Name);

        names.Should().Equal("a", "b");
    }

    [TestCase("Form-Data; name=f; filename=x", "f x 1", Description = "types without case")]
    [TestCase("form-data; NAME=f; FileName=x", "f x 1")]
    [TestCase("form-data; name=f; FILENAME*=utf-8''%D0%B0", "f а 1")]
    [TestCase("form-data; name=f; filename*=windows-1251''%F4.txt", "f ф.txt 1")]
    [TestCase("form-data; name=f; filename*=nonsense''%F4.txt", "f f 1", Description = "a name that cannot be decoded is a name all the same")]
    [TestCase("form-data; name=f; filename*=utf-8''%F4", "f f 1")]
    [TestCase("form-data; name=f; filename*=utf-8''", "f f 1")]
    [TestCase("form-data; name=f; filename=", "f f 1")]
    [TestCase("form-data; name=f; filename = x ;", "f x 1")]
    [TestCase("form-data; name=f; filename=two words.txt", "f two words.txt 1")]
    [TestCase("form-data; filename=x", " x 1")]
    [TestCase("form-data; filename=\"\"", " file 1")]
    [TestCase("form-data; name=f; filename=\"C:\\dir\\report.gz\"", "f report.gz 1", Description = "a backslash is one")]
    [TestCase("form-data; name=f; filename=\"a\\b.txt\"", "f b.txt 1")]
    [TestCase("form-data; name=f; filename=\"/dir/\"", "f f 1")]
    [TestCase("form-data; name=\"%22%0d%0A%41\"; filename=\"%22x%41\"", "\"\r\n%41 \"x%41 1", Description = "the three forms of WHATWG and no others")]
    [TestCase("form-data;\r\n name=f;\r\n\tfilename=\"x\r\n y\"", "f x y 1", Description = "folded lines")]
    public async Task A_part_with_a_filename_is_a_file_however_it_is_written(string disposition, string expected) =>
        (await ReadAsync(Form($"Content-Disposition: {disposition}\r\n\r\n1", $"{File}\r\nbeside"))).Should().Equal(expected, "f x beside");

    [TestCase("Content-Disposition: attachment; name=f; filename=x\r\n", "form-data")]
    [TestCase("Content-Disposition: x-unknown; filename=x\r\n", "form-data")]
    [TestCase("Content-Disposition: form-data\r\n", "neither a name nor a filename")]
    [TestCase("Content-Disposition: form-data; name=f; filename=x; filename=y\r\n", "twice")]
    [TestCase("Content-Disposition: form-data; name=f; NAME=g\r\n", "twice")]
    [TestCase("Content-Disposition: form-data; name=f; filename=\"x\r\n", "malformed")]
    [TestCase("Content-Disposition: form-data; name=f; filename=\"x\"y\r\n", "malformed")]
    [TestCase("Content-Disposition: form-data; name=f; filename\r\n", "malformed")]
    [TestCase("Content-Disposition: form-data; name=f; filename=x\r\nContent-Disposition: form-data; name=g\r\n", "twice")]
    [TestCase("Content-Disposition: form-data; name=f; filename=x\r\nContent-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Transfer-Encoding: Quoted-Printable\r\n", "Content-Transfer-Encoding")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: image/png\r\n", "image/png and no filename")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: application/octet-stream\r\n", "no filename")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: pdf\r\n", "the type pdf and no filename", Description = "a type that is none is not that of a text")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: image/png, x\r\n", "no filename")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: image/png; name=a b.png\r\n", "no filename")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: application/octet-stream;;x\r\n", "no filename")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: text/plain, image/png\r\n", "no filename")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed, boundary=C\r\n", "no filename")]
    [TestCase("Content-Disposition: form-data; name=f; filename*0=\"lost\"; filename*1=\".txt\"\r\n", "filename or filename*", Description = "continuations of RFC 2231")]
    [TestCase("Content-Disposition: form-data; name=f; FileName*0*=utf-8''%41\r\n", "filename or filename*")]
    [TestCase("Content-Disposition: form-data; name=f; filename=x; filename*1*=%41\r\n", "filename or filename*")]
    [TestCase("Content-Disposition: form-data; name=f; filenames=x\r\n", "filename or filename*")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed\r\n", "multipart/mixed with one boundary")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=i; boundary=j\r\n", "one boundary")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/form-data; boundary=i\r\n", "multipart/mixed")]
    [TestCase("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=i\r\n", "closing boundary")]
    [TestCase("Content-Disposition : form-data; name=f; filename=x\r\n", "not a header")]
    [TestCase(" Content-Disposition: form-data; name=f; filename=x\r\n", "not a header")]
    [TestCase("Content-Disposition: form-data; name=f; filename=x\rX: y\r\n", "not a header")]
    [TestCase("Content-Disposition: form-data; name=f; filename=x\nX: y\r\n", "not a header")]
    public async Task A_part_that_is_not_clear_refuses_the_form_with_the_reason(string head, string reason) =>
        (await RefusalAsync(Form($"{File}\r\nbeside", $"{head}\r\n1"))).Detail.Should().Contain(reason).And.Contain("nothing was stored");

    [TestCase("binary")]
    [TestCase("8BIT")]
    [TestCase("7bit")]
    public async Task A_transfer_encoding_that_changes_no_byte_is_accepted(string encoding) =>
        (await ReadAsync(Form($"{File}Content-Transfer-Encoding: {encoding}\r\n\r\n1"))).Should().Equal("f x 1");

    [TestCase("text/plain; charset=utf-8")]
    [TestCase("application/json")]
    [TestCase("application/vnd.x+json")]
    [TestCase("application/xml")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("")]
    public async Task A_part_without_a_filename_is_a_field_if_its_type_is_that_of_a_text(string type) =>
        (await ReadAsync(Form($"Content-Disposition: form-data; name=f\r\nContent-Type: {type}\r\n\r\n1", $"{File}\r\n2"))).Should().Equal("f x 2");

    [Test]
    public async Task A_part_of_another_type_needs_a_filename_also_if_it_is_empty() =>
        (await RefusalAsync(Form("Content-Disposition: form-data; name=f\r\nContent-Type: image/png\r\n\r\n", $"{File}\r\n2"))).Detail.Should().Contain("no filename");

    [Test]
    public async Task A_file_field_without_a_chosen_file_is_skipped() =>
        (await ReadAsync(Form("Content-Disposition: form-data; name=f; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n", $"{File}\r\n2"))).Should().Equal("f x 2");

    [Test]
    public async Task Files_of_one_field_are_read_from_the_part_that_holds_them()
    {
        var mixed = "Content-Disposition: form-data; name=\"f\"\r\nContent-Type: multipart/mixed; boundary=bi\r\n\r\n"
            + "--bi\r\nContent-Disposition: attachment; filename=\"a\"\r\nContent-Type: text/plain\r\n\r\n1\r\n"
            + "--bi\r\nContent-Type: text/plain\r\n\r\n2\r\n--bi\r\nContent-Disposition: file; filename=\"\"\r\n\r\n\r\n--bi--\r\n";

        (await ReadAsync(Form(mixed, $"{File}\r\nbeside"))).Should().Equal("f a 1", "f f 2", "f x beside");
    }

    [Test]
    public async Task Files_are_nested_one_level_deep()
    {
        var deep = "Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n"
            + "Content-Type: multipart/mixed; boundary=j\r\n\r\n--j\r\nContent-Disposition: attachment; filename=a\r\n\r\n1\r\n--j--\r\n\r\n--i--\r\n";

        (await RefusalAsync(Form(deep))).Detail.Should().Contain("nested deeper");
    }

    [TestCase("\n--b\r\n{0}\r\n1\r\n--b\r\n{0}\r\n2\r\n--b--\r\n", "begin its line", Description = "the first part would be the preamble")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\r\n--b\r\n{0}\r\n2\r\n--b--\r\n", "after its closing boundary")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\r\n\r\n--b--\r\n", "after its closing boundary")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\r\n\n--b\n{0}\r\n2\n--b--\n", "after its closing boundary", Description = "lines that end with LF")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\r\nepilogue\n--b", "after its closing boundary")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\r\nepilogue --b\r\n", "after its closing boundary")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--x", "goes on after it")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--x\r\n{0}\r\n2\r\n--b--\r\n", "goes on after it")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b-- \t--\r\n", "goes on after it")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\n--b\n{0}\r\n2\r\n", "does not end with CRLF")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b--\r", "does not end with CRLF")]
    [TestCase("--b--x\r\n--b\r\n{0}\r\n1\r\n--b--\r\n", "goes on after it")]
    [TestCase("--b\r\n{0}\r\n1\r\n--b x\r\n{0}\r\n2\r\n--b--\r\n", "malformed")]
    public async Task No_part_is_lost_before_the_form_or_after_it(string form, string reason) =>
        (await RefusalAsync(form.Replace("{0}", File, StringComparison.Ordinal))).Detail.Should().Contain(reason);

    [Test]
    public async Task A_part_may_have_no_content_and_no_line_for_it() =>
        (await ReadAsync($"--b\r\n{File}\r\n--b\r\n{File}\r\n\r\n--b--")).Should().Equal("f x ", "f x ");

    [TestCase(100, 100, null)]
    [TestCase(101, 10, "more than 100 headers")]
    [TestCase(2, 32_000, "more than 32768 bytes")]
    public async Task Many_headers_are_read_and_the_limit_is_named(int count, int length, string? reason)
    {
        var headers = string.Concat(Enumerable.Range(1, count - 1).Select(i => $"X-{i}: {new string('x', length)}\r\n"));
        var form = Form($"{File}{headers}{(count == 2 ? headers : "")}\r\n1");

        if (reason is null)
            (await ReadAsync(form)).Should().Equal("f x 1");
        else
            (await RefusalAsync(form)).Detail.Should().Contain(reason);
    }

    [Test]
    public async Task A_preamble_above_the_limit_is_refused_with_the_limit() =>
        (await RefusalAsync($"{new string('x', 70_000)}\r\n{Form($"{File}\r\n1")}")).Detail.Should().Contain("65536 bytes");

    [Test]
    public async Task Parts_are_the_same_however_their_bytes_come()
    {
        var form = Bytes.Of($"pre\r\n{Form($"{File}\r\none\r\n--x", "Content-Disposition: form-data; name=a\r\n\r\nfield", $"{File}\r\n")}post\r\n--");
        for (var piece = 1; piece < 40; piece++)
            (await ReadAsync(new SlowStream(form, piece))).Should().Equal(["f x one\r\n--x", "f x "], $"pieces of {piece} bytes");
    }

    private static string Form(params string[] parts) => string.Concat(parts.Select(part => $"--b\r\n{part}\r\n")) + "--b--\r\n";

    private static Task<List<string>> ReadAsync(string form) => ReadAsync(new MemoryStream(Bytes.Of(form)));

    private static async Task<List<string>> ReadAsync(Stream form)
    {
        var files = new List<string>();
        await foreach (var part in MultipartUpload.PartsAsync(form, "b", CancellationToken.None))
        {
            if (part.FileName is not null)
                files.Add($"{part.Name} {part.FileName} {await TextAsync(part)}");
        }

        return files;
    }

    private static async Task<string> TextAsync(FormPart part)
    {
        using var content = new StreamReader(part.Content, Encoding.UTF8);
        return await content.ReadToEndAsync();
    }

    private static Task<Problem> RefusalAsync(string form) => RefusalAsync(new MemoryStream(Bytes.Of(form)));

    private static async Task<Problem> RefusalAsync(Stream form)
    {
        var read = () => ReadAsync(form);
        return (await read.Should().ThrowAsync<ProblemException>()).Which.Problem;
    }

    /// <summary>Returns its bytes in pieces, as a network does, and counts them.</summary>
    private sealed class SlowStream(byte[] bytes, int piece) : FileStore.Core.Primitives.ReadOnlyStream
    {
        internal int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(Math.Min(buffer.Length, piece), bytes.Length - Given);
            bytes.AsSpan(Given, count).CopyTo(buffer.Span);
            Given += count;
            return ValueTask.FromResult(count);
        }
    }
}

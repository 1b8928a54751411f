using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Forms with a part that is written in an unusual way beside a good one: it is stored, or nothing is and the answer says why.</summary>
[EngineNeutral]
public sealed class FormPartStories(string engine) : DaemonFixture(engine, "--durability", "none", "--hash", "md5")
{
    private const string Boundary = "=_part";
    private const string FormType = $"multipart/form-data; boundary=\"{Boundary}\"";

    private static readonly string[] Stored =
    [
        "Content-Disposition: Form-Data; name=\"f\"; filename=\"a\"", "content-disposition: form-data; NAME=f; FILENAME=a", "Content-Disposition: form-data; name=f; filename=\"\"",
        "Content-Disposition: form-data; name=f; filename*=windows-1251''%F4.txt", "Content-Disposition: form-data; name=f; filename*=nonsense''%F4", "Content-Disposition:\r\n form-data;\r\n\tname=f;\r\n filename=a",
        "Content-Disposition: form-data; name=f; filename=two words", "Content-Disposition: form-data; name=f; filename=\"C:\\dir\\a.gz\"", "Content-Disposition: form-data; filename=a",
    ];

    private static readonly string[] Refused =
    [
        "Content-Type: text/plain", "Content-Disposition: attachment; filename=a", "Content-Disposition: form-data", "Content-Disposition: form-data; name=f; filename=a; filename=b",
        "Content-Disposition: form-data; name=f; filename=\"a", "Content-Disposition: form-data; name=f; filename=a\r\nContent-Transfer-Encoding: base64",
        "Content-Disposition: form-data; name=f\r\nContent-Type: image/png", "Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=i", "no header",
        "Content-Disposition: form-data; name=f\r\nContent-Type: pdf", "Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed, boundary=C", "Content-Disposition: form-data; name=f; filename*0=\"a\"; filename*1=\".txt\"",
    ];

    private static string[] Kept => ["/", "/files"];

    private static string[] OfOneFile => ["/upload", "/xyz/api/cleaner/tasks/report"];

    [Test]
    public async Task Every_file_is_stored_in_its_place([ValueSource(nameof(Kept))] string path, [ValueSource(nameof(Stored))] string head)
    {
        var (odd, good) = (Sample.Random(100), Sample.Random(100));

        using var answer = await PostAsync(path, Part(head, odd.Bytes), Part("Content-Disposition: form-data; name=g; filename=b", good.Bytes));

        (await answer.TextAsync()).Split('\n').Should().Equal(Md5(odd.Bytes), Md5(good.Bytes));
        Store.Read(Md5(odd.Bytes)).Should().Equal(odd.Bytes);
    }

    [Test]
    public async Task Or_nothing_is_and_the_answer_says_why([ValueSource(nameof(Kept))] string path, [ValueSource(nameof(Refused))] string head)
    {
        var (odd, good) = (Sample.Random(100), Sample.Random(100));
        byte[][] parts = [Part("Content-Disposition: form-data; name=g; filename=b", good.Bytes), Part(head, odd.Bytes)];

        foreach (var order in (byte[][][])[parts, [.. parts.Reverse()]])
        {
            using var answer = await PostAsync(path, order);
            (await (await answer.ShouldBeProblemAsync(400)).TextAsync()).Should().Contain("nothing was stored");
        }

        (Store.Has(Md5(odd.Bytes)), Store.Has(Md5(good.Bytes))).Should().Be((false, false));
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_form_of_one_file_is_judged_by_the_same_rules([ValueSource(nameof(OfOneFile))] string path)
    {
        foreach (var head in Stored)
        {
            var file = Sample.Random(100);
            using var answer = await PostAsync(path, Part(head, file.Bytes));
            answer.Status().Should().Be(200, head);
            Store.Read(Md5(file.Bytes)).Should().Equal(file.Bytes);
        }

        foreach (var head in Refused)
        {
            var file = Sample.Random(100);
            using var answer = await PostAsync(path, Part("Content-Disposition: form-data; name=g; filename=b", file.Bytes), Part(head, [1]));
            await answer.ShouldBeProblemAsync(400);
            Store.Has(Md5(file.Bytes)).Should().BeFalse(head);
        }
    }

    [Test]
    public async Task A_name_in_a_legacy_code_page_refuses_nothing([Values("/", "/files", "/upload", "/xyz/api/cleaner/tasks/report")] string path)
    {
        foreach (var name in (byte[][])[[0x93, (byte)'q', 0x94], [0x80, (byte)'u'], [0x83, 0x65, 0x83, 0x58, 0x83, 0x67], [0x81, 0x8D]])
        {
            var file = Sample.Random(100);
            using var answer = await PostAsync(path, [.. "--=_part\r\nContent-Disposition: form-data; name=f; filename=\""u8, .. name, .. "\"\r\n\r\n"u8, .. file.Bytes, .. "\r\n"u8]);
            answer.IsSuccessStatusCode.Should().BeTrue(Convert.ToHexString(name));
            Store.Read(Md5(file.Bytes)).Should().Equal(file.Bytes);
        }
    }

    [TestCase("--=_part--x\r\n")]
    [TestCase("--=_part--\n")]
    [TestCase("--=_part--\r\n\n--=_part\nContent-Disposition: form-data; name=f; filename=c\n\nlost\n--=_part--\n")]
    public async Task A_form_that_is_not_closed_as_it_should_be_stores_nothing(string end)
    {
        var file = Sample.Random(100);
        byte[] body = [.. Part("Content-Disposition: form-data; name=g; filename=b", file.Bytes), .. Encoding.ASCII.GetBytes(end)];

        foreach (var path in (string[])[.. Kept, .. OfOneFile])
        {
            using var answer = await Client.SendAsync("POST", path, new ByteArrayContent(body), ("Content-Type", FormType));
            await answer.ShouldBeProblemAsync(400);
        }

        Store.Has(Md5(file.Bytes)).Should().BeFalse();
    }

    [TestCase("/", 200)]
    [TestCase("/files", 201)]
    [TestCase("/upload", 400)]
    [TestCase("/xyz/api/cleaner/tasks/report", 400)]
    public async Task Several_files_of_one_field_as_curl_sends_them(string path, int status)
    {
        var (a, b) = (Sample.Random(100), Sample.Random(5000));
        byte[] mixed = [.. Nested("attachment; filename=\"a\"", a.Bytes), .. Nested("attachment; filename=\"b\"", b.Bytes), .. "--i--\r\n"u8];

        using var answer = await PostAsync(path, Part("Content-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=i", mixed));

        answer.Status().Should().Be(status);
        if (status < 400)
            (await answer.TextAsync()).Should().Be($"{Md5(a.Bytes)}\n{Md5(b.Bytes)}");
        (Store.Has(Md5(a.Bytes)), Store.Has(Md5(b.Bytes))).Should().Be((status < 400, status < 400));
    }

    [Test]
    public void Curl_itself_sends_them_so()
    {
        var (a, b) = (Sample.Random(100), Sample.Random(5000));
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["a"], a.Bytes);
        File.WriteAllBytes(folder["b"], b.Bytes);

        var result = Command.Run(folder.Path, "curl", "-sS", "--noproxy", "*", "-F", "f=@a,b", $"{Daemon.Url}");

        result.Output.Should().Be($"{Md5(a.Bytes)}\n{Md5(b.Bytes)}", result.Error);
    }

    [Test]
    public async Task A_text_too_long_for_a_field_is_not_passed_over()
    {
        var file = Sample.Random(100);

        using var answer = await PostAsync("/", Part("Content-Disposition: form-data; name=f; filename=a", file.Bytes), Part("Content-Disposition: form-data; name=g", new byte[70_000]));

        (await (await answer.ShouldBeProblemAsync(413)).TextAsync()).Should().Contain("a file needs a filename");
        Store.Has(Md5(file.Bytes)).Should().BeFalse();
    }

    [TestCase("/")]
    [TestCase("/files")]
    public async Task A_forged_file_takes_the_whole_form_along(string path)
    {
        using (var stored = await PostAsync(path, Part("Content-Disposition: form-data; name=f; filename=a", Md5Collision.One)))
            stored.IsSuccessStatusCode.Should().BeTrue();
        var (first, known) = (Sample.Random(100), Sample.Random(100));
        await StoreAsync(known.Bytes);

        using var answer = await PostAsync(path, [.. ((byte[][])[first.Bytes, known.Bytes, Md5Collision.Other, first.Bytes])
            .Select(file => Part("Content-Disposition: form-data; name=f; filename=a", file))]);

        await answer.ShouldBeProblemAsync(409);
        (Store.Has(Md5(first.Bytes)), Store.Has(Md5(known.Bytes))).Should().Be((false, true));
        Store.Read(Md5(Md5Collision.One)).Should().Equal(Md5Collision.One);
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("text/plain, multipart/form-data; boundary=b")]
    [TestCase("multipart/form-data; boundary=b; boundary=c")]
    [TestCase("Multipart/Form-Data; BOUNDARY=\"\"")]
    public async Task A_form_is_never_stored_as_if_it_were_the_file(string type)
    {
        var body = Encoding.ASCII.GetBytes($"--b\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n{Guid.NewGuid()}\r\n--b--\r\n");

        using var answer = await Client.SendAsync("POST", "/", new ByteArrayContent(body), ("Content-Type", type));

        await answer.ShouldBeProblemAsync(400);
        Store.Has(Md5(body)).Should().BeFalse();
    }

    private static byte[] Part(string head, byte[] content) => [.. Encoding.UTF8.GetBytes($"--{Boundary}\r\n{head}\r\n\r\n"), .. content, .. "\r\n"u8];

    private static byte[] Nested(string disposition, byte[] content) =>
        [.. Encoding.UTF8.GetBytes($"--i\r\nContent-Disposition: {disposition}\r\n\r\n"), .. content, .. "\r\n"u8];

    private static string Md5(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(content));

    private Task<HttpResponseMessage> PostAsync(string path, params byte[][] parts) => Client.SendAsync("POST", path,
        new ByteArrayContent([.. parts.SelectMany(part => part), .. Encoding.ASCII.GetBytes($"--{Boundary}--\r\n")]), ("Content-Type", FormType));
}

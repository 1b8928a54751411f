using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
[Category("Quick")]
public sealed class FormUploadStories(string engine) : DaemonFixture(engine, "--durability", "none") // a thousand files in one form are not worth a thousand flushes
{
    private const string Boundary = "=_limit";

    [Test]
    public async Task A_file_in_a_form_is_stored_as_its_bytes_alone()
    {
        var file = Sample.Random(100_000);

        using var answer = await PostAsync("/", Part(file.Bytes, "name=\"f\"; filename=\"x.bin\""));

        answer.Status().Should().Be(200);
        (await answer.TextAsync()).Should().Be(file.Hash);
        Store.Read(file.Hash).Should().Equal(file.Bytes);
    }

    [Test]
    public async Task Several_files_are_answered_in_their_order_and_fields_between_them_are_passed_over()
    {
        var (a, b, c) = (Sample.Random(10), Sample.Random(300_000), Sample.Random(1));
        byte[][] parts =
        [
            Part("before"u8, "name=\"comment\""), Part(a.Bytes, "name=\"f\"; filename=\"a\""), Part("between"u8, "name=\"x\""),
            Part(b.Bytes, "name=\"f\"; filename=\"b\""), Part(c.Bytes, "name=\"g\"; filename=\"c\""), Part("after"u8, "name=\"y\""),
        ];

        using var text = await PostAsync("/", parts);
        using var json = await PostAsync("/", parts, ("Accept", "application/json"));

        (await text.TextAsync()).Should().Be($"{a.Hash}\n{b.Hash}\n{c.Hash}");
        (await json.TextAsync()).Should().Be(
            $$"""[{"file_hash":"{{a.Hash}}","size":10,"created":false},{"file_hash":"{{b.Hash}}","size":300000,"created":false},{"file_hash":"{{c.Hash}}","size":1,"created":false}]""");
        Store.Read(b.Hash).Should().Equal(b.Bytes);
        Store.Has(Sample.Of("between").Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task The_same_file_twice_in_one_form_is_created_once()
    {
        var file = Sample.Random(50);
        var part = Part(file.Bytes, "name=\"f\"; filename=\"a\"");

        using var answer = await PostAsync("/", [part, part], ("Accept", "application/json"));

        (await answer.TextAsync()).Should().Be(
            $$"""[{"file_hash":"{{file.Hash}}","size":50,"created":true},{"file_hash":"{{file.Hash}}","size":50,"created":false}]""");
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [TestCase("name=\"файл\"; filename=\"отчёт за май.pdf\"")] // as browsers and curl send it
    [TestCase("name=f; filename=plain; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf")]
    [TestCase("name=\"f\"; filename=\"quo\\\"ted.txt\"")]
    [TestCase("name=\"f\"; filename=\"../../etc/passwd\"")]
    public async Task A_file_may_have_any_name(string disposition)
    {
        var file = Sample.Random(64);

        using var answer = await PostAsync("/", Part(file.Bytes, disposition));

        (await answer.TextAsync()).Should().Be(file.Hash);
    }

    [Test]
    public async Task A_form_of_the_client_library_with_a_Cyrillic_name_is_stored()
    {
        var file = Sample.Random(64);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file.Bytes), "файл", "отчёт.pdf" } };

        using var answer = await Client.PostAsync("/", form);

        (await answer.TextAsync()).Should().Be(file.Hash);
    }

    [Test]
    public async Task An_empty_file_part_is_a_file()
    {
        var file = Sample.Of("");

        using var answer = await PostAsync("/", [Part(file.Bytes, "name=\"f\"; filename=\"empty\"")], ("Accept", "application/json"));

        (await answer.TextAsync()).Should().StartWith($$"""{"file_hash":"{{file.Hash}}","size":0,""");
        Store.Read(file.Hash).Should().BeEmpty();
    }

    [Test]
    public async Task Bytes_that_only_resemble_the_boundary_are_part_of_the_file()
    {
        var file = Sample.Of($"\r\n--\r\n--{Boundary[..^1]}\r\n-{Boundary}\n--{Boundary}\r--{Boundary}--\r\n\r\n--=_\r\n--");

        using var answer = await PostAsync("/", Part(file.Bytes, "name=\"f\"; filename=\"x\""));

        (await answer.TextAsync()).Should().Be(file.Hash);
    }

    [Test]
    public async Task Files_answers_201_with_the_place_of_a_new_file()
    {
        var file = Sample.Random(64);

        using var first = await PostAsync("/files", Part(file.Bytes, "name=\"f\"; filename=\"x\""));
        using var second = await PostAsync("/files", Part(file.Bytes, "name=\"f\"; filename=\"x\""));

        first.Status().Should().Be(201);
        first.Field("Location").Should().Be($"/files/{file.Hash}");
        second.Status().Should().Be(200);
    }

    [Test]
    public async Task A_form_without_a_file_is_refused()
    {
        using var fieldsAlone = await PostAsync("/", Part("text"u8, "name=\"comment\""));
        using var nothing = await PostAsync("/");

        await fieldsAlone.ShouldBeProblemAsync(400);
        await nothing.ShouldBeProblemAsync(400);
        Store.Has(Sample.Of("text").Hash).Should().BeFalse();
    }

    [TestCase("multipart/form-data")]
    [TestCase("multipart/form-data; boundary=")]
    [TestCase("multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890")]
    public async Task A_form_without_a_usable_boundary_is_refused(string type)
    {
        using var answer = await Client.SendAsync("POST", "/", new ByteArrayContent("--\r\n\r\n\r\n----\r\n"u8.ToArray()), ("Content-Type", type));

        await answer.ShouldBeProblemAsync(400);
    }

    private static IEnumerable<TestCaseData> BrokenForms()
    {
        static TestCaseData Case(string name, string body) => new(body) { TestName = $"A_broken_form_is_refused({name})" };
        const string disposition = "Content-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n";
        yield return Case("another boundary", $"--other\r\n{disposition}\r\nx\r\n--other--\r\n");
        yield return Case("no boundary", "just text");
        yield return Case("a header without a colon", $"--{Boundary}\r\n{disposition}no colon\r\n\r\nx\r\n--{Boundary}--\r\n");
        yield return Case("a header of 40 KB", $"--{Boundary}\r\n{disposition}X: {new string('x', 40_000)}\r\n\r\nx\r\n--{Boundary}--\r\n");
        yield return Case("100 headers", $"--{Boundary}\r\n{disposition}{string.Concat(Enumerable.Range(0, 100).Select(i => $"X{i}: y\r\n"))}\r\nx\r\n--{Boundary}--\r\n");
        yield return Case("100 KB before the first part", new string('x', 100_000) + $"\r\n--{Boundary}\r\n{disposition}\r\nx\r\n--{Boundary}--\r\n");
    }

    [TestCaseSource(nameof(BrokenForms))]
    public async Task A_broken_form_is_refused(string body)
    {
        using var answer = await SendAsync("/", Encoding.UTF8.GetBytes(body));

        await answer.ShouldBeProblemAsync(400);
        Store.Has(Sample.Of("x").Hash).Should().BeFalse();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task A_form_of_more_than_a_thousand_files_is_refused_whole()
    {
        var files = Enumerable.Range(0, 1001).Select(_ => Sample.Random(8)).ToArray();

        using var answer = await PostAsync("/", [.. files.Select(file => Part(file.Bytes, "name=\"f\"; filename=\"x\""))]);

        await answer.ShouldBeProblemAsync(413);
        files.Should().NotContain(file => Store.Has(file.Hash));
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    private static byte[] Part(ReadOnlySpan<byte> content, string disposition) =>
        [.. Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"), .. content, .. "\r\n"u8];

    private Task<HttpResponseMessage> PostAsync(string path, params byte[][] parts) => PostAsync(path, parts, []);

    private Task<HttpResponseMessage> PostAsync(string path, byte[][] parts, params (string, string)[] fields) =>
        SendAsync(path, [.. parts.SelectMany(part => part), .. Encoding.ASCII.GetBytes($"--{Boundary}--\r\n")], fields);

    private Task<HttpResponseMessage> SendAsync(string path, byte[] body, params (string, string)[] fields) =>
        Client.SendAsync("POST", path, new ByteArrayContent(body), [("Content-Type", $"multipart/form-data; boundary=\"{Boundary}\""), .. fields]);
}

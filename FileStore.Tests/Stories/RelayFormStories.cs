using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Forms that are passed on, kept, or refused, by what stands in them; and the rules.</summary>
[EngineNeutral]
public sealed class RelayFormStories(string engine) : RelayFixture(engine, """
    , "rules": {
      "maxSize": 100000, "extensions": [".gz", ".txt"], "contentTypes": ["application/gzip", "text/plain"],
      "command": ["/bin/sh", "-c", "if grep -aq virus; then echo found one; exit 1; fi"]
    }
    """)
{
    private static readonly byte[] Text = "text\n"u8.ToArray();

    [TestCase("name=\"f\"; filename=\"a.txt\"", "a.txt")]
    [TestCase("name=f; filename=a.txt", "a.txt")]
    [TestCase("name=\"f\"; filename=\"C:\\\\dir\\\\a.txt\"", "a.txt")]
    [TestCase("name=\"f\"; filename=\"C:\\dir\\a.txt\"", "a.txt", Description = "as browsers send it")]
    [TestCase("name=\"f\"; filename=\"x\\new.txt\"", "new.txt")]
    [TestCase("name=\"f\"; filename=\"say %22hi%22.txt\"", "say %22hi%22.txt")]
    [TestCase("name=\"f.txt\"; filename=\"C:\\dir\\\"", "f.txt", Description = "the field's name in the place of none")]
    [TestCase("name=\"f\"; filename*=windows-1251''%F4.txt", "ф.txt")]
    [TestCase("name=\"f\"; filename=\"b.txt\"; filename*=nonsense''%F4.txt", "b.txt")]
    [TestCase("name=\"f\"; filename=\"../../etc/a.txt\"", "a.txt")]
    [TestCase("name=\"f\"; filename=\"plain.gz\"; filename*=UTF-8''a%2e%2e%2Fb.txt", "b.txt")]
    [TestCase("name=\"f\"; filename=\".txt\"", ".txt")]
    [TestCase("name=\"\"; filename=\"a.TXT\"", "a.TXT")]
    public async Task A_name_is_passed_on_without_folders(string disposition, string name)
    {
        using var answer = await PostAsync("/upload1", Part(Text, disposition));

        answer.Status().Should().Be(200, await answer.TextAsync());
        Forms.Single().Should().Contain($"; filename=\"{Encoding.Latin1.GetString(Bytes.Of(name))}\"\r\n");
    }

    [TestCase("filename=\"a\u0001.txt\"")]
    [TestCase("filename*=UTF-8''a%0D%0AX-Evil:%20y.txt")]
    [TestCase("filename*=UTF-8''a%00.txt")]
    [TestCase("filename=\"a\tb.txt\"")]
    public async Task A_name_with_control_characters_is_refused(string name) =>
        await ShouldBeRefusedAsync(400, "/upload1", Part(Text, $"name=\"f\"; {name}"));

    [TestCase("text/html; charset=utf-8", "Content-Type: text/html; charset=utf-8\r\n")]
    [TestCase("no type", "")]
    [TestCase("", "")]
    [TestCase("text/plain\u0001", "")]
    public async Task A_type_is_passed_on_if_it_is_one(string type, string expected)
    {
        using var answer = await PostAsync("/upload1", Part(Text, "name=\"f\"; filename=\"a.txt\"", $"Content-Type: {type}\r\n"));

        answer.Status().Should().Be(200);
        Forms.Single().Should().Contain($"; filename=\"a.txt\"\r\n{expected}\r\n");
    }

    [TestCase("pdf")]
    [TestCase("image/png, x")]
    public async Task A_form_that_has_a_field_with_a_malformed_type_is_refused(string type) =>
        await ShouldBeRefusedAsync(400, "/upload1", Part(Text, "name=\"f\"; filename=\"a.txt\""), Part(Text, "name=\"g\"", $"Content-Type: {type}\r\n"));

    [Test]
    public async Task A_name_in_a_legacy_code_page_is_read_as_windows_1252()
    {
        var part = Part("legacy\n"u8.ToArray(), "name=\"f\"; filename=\"#q$#%.txt\"").Select(one => one switch { (byte)'#' => (byte)0x93, (byte)'$' => (byte)0x94, (byte)'%' => (byte)0x81, _ => one });

        using var answer = await PostAsync("/upload1", [.. part]);

        answer.Status().Should().Be(200, await answer.TextAsync());
        Forms.Single().Should().Contain($"; filename=\"{Encoding.Latin1.GetString(Bytes.Of("“q”“_.txt"))}\"\r\n");
    }

    [TestCase("/upload")]
    [TestCase("/upload1")]
    public async Task A_form_has_one_file(string path)
    {
        var file = Part(Text, "name=\"f\"; filename=\"a.txt\"");
        await ShouldBeRefusedAsync(400, path, file, file);
        await ShouldBeRefusedAsync(400, path, Part(Text, "name=\"comment\""));
        await ShouldBeRefusedAsync(400, path, Part([], "name=\"f\"; filename=\"\"")); // as browsers send it where nothing was chosen
        await ShouldBeRefusedAsync(400, path);
        await ShouldBeRefusedAsync(400, path, Part(Text, "filename=\"a.txt\"")[1..]);
        await ShouldBeRefusedAsync(413, path, Part(new byte[70_000], "name=\"comment\"", ""), file);
        await ShouldBeRefusedAsync(413, path, [.. Enumerable.Repeat(Part(Text, "name=\"comment\"", ""), 101), file]);
        using var cut = await PostRawAsync(path, file);
        await cut.ShouldBeProblemAsync(400);
        foreach (var type in (string[])["text/plain", "application/x-www-form-urlencoded", "multipart/mixed; boundary=b", "application/json"])
        {
            using var other = await PostRawAsync(path, Text, type);
            (await other.ShouldBeProblemAsync(415)).Field("Accept-Post").Should().Be("multipart/form-data");
        }

        (Forms.Length, Store.Has(Md5(Text))).Should().Be((0, false));
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    private static IEnumerable<TestCaseData> Breaches()
    {
        static TestCaseData Case(string name, string file, byte[] content, string words) => new TestCaseData(file, content, words).SetArgDisplayNames(name);
        yield return Case("name", "a.exe", "a\n"u8.ToArray(), "the file's name should end with .gz or .txt");
        yield return Case("two extensions", "a.txt.exe", "b\n"u8.ToArray(), "the file's name should end with .gz or .txt");
        yield return Case("no extension", "txt", "c\n"u8.ToArray(), "the file's name should end with .gz or .txt");
        yield return Case("size", "a.txt", [.. Enumerable.Repeat((byte)'x', 100_001)], "the file should have 100000 bytes at most");
        yield return Case("much more", "a.txt", [.. Enumerable.Repeat((byte)'x', 3_000_000)], "the file should have 100000 bytes at most");
        yield return Case("type", "a.gz", "%PDF-1.7\n1 0 obj"u8.ToArray(), "but its content is application/pdf");
        yield return Case("empty", "a.txt", [], "but its content is application/x-empty");
        yield return Case("command", "a.txt", "a virus\n"u8.ToArray(), "/bin/sh rejected the file (exit code 1): found one");
    }

    [TestCaseSource(nameof(Breaches))]
    public async Task A_file_that_breaks_a_rule_is_refused_and_not_passed_on(string name, byte[] content, string words)
    {
        using (var answer = await PostAsync("/upload1", Part(content, $"name=\"f\"; filename=\"{name}\"")))
            (await (await answer.ShouldBeProblemAsync(422)).TextAsync()).Should().Contain("\"detail\":\"nothing was sent: ").And.Contain(words);
        using (var answer = await PostPlaceAsync(Write(name, content)))
            (await (await answer.ShouldBeProblemAsync(422)).TextAsync()).Should().Contain(words);
        RemoteAnswer(200, content);
        using (var answer = await PostPlaceAsync($"http://127.0.0.1:{Remote.Port}/{name}"))
            (await (await answer.ShouldBeProblemAsync(422)).TextAsync()).Should().Contain(words);

        (Forms.Length, Store.Has(Md5(content))).Should().Be((0, false));
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }

    [Test]
    public async Task Rules_do_not_apply_to_files_that_are_only_kept()
    {
        var content = Bytes.Random(200_000, 9);

        using var answer = await PostAsync("/upload", Part(content, "name=\"f\"; filename=\"a.exe\""));

        answer.Status().Should().Be(200);
        var path = Store.PathOf(Md5(content));
        (await answer.TextAsync()).Should().Be($$"""{"status":"done","path":"{{path}}","file_hash":"{{Md5(content)}}"}""");
        Path.IsPathRooted(path).Should().BeTrue();
        (await File.ReadAllBytesAsync(path)).Should().Equal(content);
    }

    private async Task ShouldBeRefusedAsync(int status, string path, params byte[][] parts)
    {
        using var answer = await PostAsync(path, parts);
        await answer.ShouldBeProblemAsync(status);
        Forms.Should().BeEmpty();
        (await Store.HasNothingIncomingAsync()).Should().BeTrue();
    }
}

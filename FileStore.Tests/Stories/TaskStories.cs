using System.Net.Http.Headers;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>What a partner asks for.</summary>
[EngineNeutral]
[Category("Quick")]
public sealed class TaskStories(string engine) : DaemonFixture(engine, "--tasks", "partners/tasks.json", "--tls", "adhoc", "--tls-port", "0", "--max-upload", "2MB")
{
    private const string Base = "/xyz/api/cleaner";

    private byte[] _tool;

    protected override void Prepare(string home)
    {
        Directory.CreateDirectory(Path.Join(home, "tools"));
        Directory.CreateDirectory(Path.Join(home, "partners"));
        File.WriteAllBytes(Path.Join(home, "tools/1797242037.zip"), _tool = Bytes.Random(100_000));
        File.WriteAllText(Path.Join(home, "tools/отчёт.pdf"), "%PDF-1.7");
        File.WriteAllText(Path.Join(home, "tools/passing"), "1");
        File.WriteAllText(Path.Join(home, "partners/tasks.json"), """
            { "items": [
                { "id": 3, "name": "лечение" },
                { "id": 1, "name": "vuln scan", "file": "tools/1797242037.zip" }, // the path starts at the home
                { "id": 9007199254740993, "name": "disinfect", "file": "tools/отчёт.pdf" },
                { "id": 4, "name": "passing", "file": "tools/passing" },
            ] }
            """);
    }

    [Test]
    public async Task The_list_has_the_numbers_and_names_in_the_order_they_were_given()
    {
        using var answer = await Client.GetAsync($"{Base}/tasks");

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("application/json; charset=utf-8");
        (await answer.TextAsync()).Should().Be(
            """{"tasks":[{"id":3,"name":"лечение"},{"id":1,"name":"vuln scan"},{"id":9007199254740993,"name":"disinfect"},{"id":4,"name":"passing"}]}""");
    }

    [TestCase("")]
    [TestCase("?id=1")]
    [TestCase("?id=01")]
    public async Task The_file_comes_as_an_attachment(string query)
    {
        using var answer = await Client.GetAsync($"{Base}/tasks/download{query}");

        answer.Status().Should().Be(200);
        answer.Field("Content-Type").Should().Be("application/zip");
        answer.Field("Content-Disposition").Should().StartWith("attachment; filename=1797242037.zip");
        (await answer.Content.ReadAsByteArrayAsync()).Should().Equal(_tool);
    }

    [Test]
    public async Task A_file_is_resumed_asked_for_again_and_looked_at_without_its_bytes()
    {
        using var head = await Client.SendAsync("HEAD", $"{Base}/tasks/download?id=1");
        using var part = await Client.SendAsync("GET", $"{Base}/tasks/download?id=1", null, ("Range", "bytes=99990-"), ("If-Range", head.Field("ETag")!));
        using var unchanged = await Client.SendAsync("GET", $"{Base}/tasks/download?id=1", null, ("If-None-Match", head.Field("ETag")!));
        using var beyond = await Client.SendAsync("GET", $"{Base}/tasks/download?id=1", null, ("Range", "bytes=100000-"));
        using var named = await Client.GetAsync($"{Base}/tasks/download?id=9007199254740993");

        head.Content.Headers.ContentLength.Should().Be(100_000);
        part.Status().Should().Be(206);
        (await part.Content.ReadAsByteArrayAsync()).Should().Equal(_tool[99_990..]);
        unchanged.Status().Should().Be(304);
        beyond.Status().Should().Be(416);
        named.Field("Content-Type").Should().Be("application/pdf");
        named.Content.Headers.ContentDisposition!.FileNameStar.Should().Be("отчёт.pdf");
    }

    [Test]
    public async Task A_file_is_served_as_it_is_when_it_is_asked_for()
    {
        var path = Path.Join(Daemon.Home, "tools/passing");
        using var first = await Client.GetAsync($"{Base}/tasks/download?id=4");
        File.Delete(path);
        using var gone = await Client.GetAsync($"{Base}/tasks/download?id=4");
        Command.Run("/", "mkfifo", path).ExitCode.Should().Be(0);
        using var pipe = await Client.GetAsync($"{Base}/tasks/download?id=4");
        File.Delete(path);
        File.WriteAllText(path, "another");
        using var second = await Client.GetAsync($"{Base}/tasks/download?id=4");

        await gone.ShouldBeProblemAsync(404);
        await pipe.ShouldBeProblemAsync(404);
        (await second.TextAsync()).Should().Be("another");
        second.Field("ETag").Should().NotBe(first.Field("ETag"));
    }

    [TestCase("?id=3", 404, Description = "it has no file; a report of it is fine")]
    [TestCase("?id=0", 404)]
    [TestCase("?id=2", 404)]
    [TestCase("?id=9007199254740992", 404, Description = "a neighbour that arithmetic of doubles would not tell apart")]
    [TestCase("?id=99999999999999999999", 404)]
    [TestCase("?id=-1", 400)]
    [TestCase("?id=1.0", 400)]
    [TestCase("?id=", 400)]
    [TestCase("?id", 400)]
    [TestCase("?id=+1", 400)]
    [TestCase("?id=%D9%A1", 400, Description = "a digit, but of another script")]
    [TestCase("?id=1%00", 400)]
    [TestCase("?id=vuln%20scan", 400)]
    [TestCase("?id=1&id=1", 400)]
    [TestCase("?ID=1", 400)]
    public async Task An_unknown_or_malformed_task_id_is_refused(string query, int status)
    {
        using var download = await Client.GetAsync($"{Base}/tasks/download{query}");
        await download.ShouldBeProblemAsync(status);
        if (query == "?id=3")
            return;
        var report = Sample.Random(100);

        using var answer = await Client.PostAsync($"{Base}/tasks/report{query}", new ByteArrayContent(report.Bytes));

        await answer.ShouldBeProblemAsync(status);
        Store.Has(report.Hash).Should().BeFalse();
    }

    [TestCase("GET", "/tasks/report", "OPTIONS, POST")]
    [TestCase("POST", "/tasks", "GET, HEAD, OPTIONS")]
    [TestCase("DELETE", "/tasks/reports", "GET, HEAD, OPTIONS")]
    public async Task A_method_that_is_not_served_is_a_405_with_the_allowed_ones(string method, string path, string allow)
    {
        using var answer = await Client.SendAsync(method, $"{Base}{path}");

        await answer.ShouldBeProblemAsync(405);
        answer.Field("Allow").Should().Be(allow);
    }

    [Test]
    public async Task A_partner_does_all_of_it_with_curl_over_HTTPS()
    {
        using var folder = new TempFolder();
        using (var certificate = Daemon.ShownCertificate())
            File.WriteAllText(folder["daemon.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["report.pdf"], $"%PDF-1.7 {Guid.NewGuid()}");
        var url = $"{Daemon.SecureUrl}xyz/api/cleaner/tasks";
        string Curl(params string[] arguments)
        {
            var result = Command.Run(folder.Path, "curl", ["-sS", "--fail-with-body", .. arguments]);
            result.ExitCode.Should().Be(0, result.Output + result.Error);
            return result.Output;
        }

        Curl("--insecure", url).Should().StartWith("""{"tasks":[{"id":3,""");
        Curl("--cacert", "daemon.pem", "-OJ", $"{url}/download");
        var judged = JsonDocument.Parse(Curl("--insecure", "-F", "report=@report.pdf", $"{url}/report?id=1")).RootElement;
        Curl("--insecure", "--http1.1", "-H", "Content-Type: application/pdf", "--data-binary", "@report.pdf", $"{url}/report?id=3");
        var reports = JsonDocument.Parse(Curl("--insecure", "--http2", $"{url}/reports?limit=2")).RootElement.GetProperty("reports");

        File.ReadAllBytes(folder["1797242037.zip"]).Should().Equal(_tool);
        judged.Text("status").Should().Be("PASSED");
        reports.EnumerateArray().Select(report => $"{report.Text("name")} {report.GetProperty("file_name")} {report.Text("content_type")} {report.Text("file_hash")}")
            .Should().Equal($"лечение  application/pdf {judged.Text("file_hash")}", $"vuln scan report.pdf application/pdf {judged.Text("file_hash")}");
        (await Client.GetByteArrayAsync($"/files/{judged.Text("file_hash")}")).Should().Equal(File.ReadAllBytes(folder["report.pdf"]));
    }

    [Test]
    public async Task A_form_of_the_client_library_is_a_report()
    {
        var content = new ByteArrayContent(Sample.Random(64).Bytes) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } };
        using var form = new MultipartFormDataContent { { new StringContent("x"), "comment" }, { content, "файл", "отчёт за май.txt" } };

        using var answer = await Client.PostAsync($"{Base}/tasks/report", form);

        answer.Status().Should().Be(200, await answer.TextAsync());
        (await Client.GetJsonAsync($"{Base}/tasks/reports?limit=1")).GetProperty("reports")[0].Text("file_name").Should().Be("отчёт за май.txt");
    }
}

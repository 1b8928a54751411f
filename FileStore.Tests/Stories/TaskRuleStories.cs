using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>Reports that are held against rules, at a base where other routes are, too.</summary>
[EngineNeutral]
public sealed class TaskRuleStories(string engine) : DaemonFixture(engine, "--max-upload", "1MB")
{
    protected override void Prepare(string home) => File.WriteAllText(Path.Join(home, "filestore.json"), """
        { "tasks": {
            "basePath": "/files",
            "report": { "maxSize": "1KB", "contentTypes": ["application/pdf", "image/*"], "requiredFields": ["host", "report"] } } }
        """);

    [Test]
    public async Task A_report_that_keeps_the_rules_passes()
    {
        using var answer = await SendAsync("report", "%PDF-1.7\n", ("host", "a"));

        var judged = JsonDocument.Parse(await answer.TextAsync()).RootElement;
        judged.EnumerateObject().Select(member => member.Name).Should().Equal("id", "name", "status", "file_hash");
        judged.Text("status").Should().Be("PASSED");
    }

    [TestCase("other", "%PDF-1.7\n", "a", "the field 'report' is missing or empty; the report should come in a form that has it")]
    [TestCase("report", "%PDF-1.7\n", "", "the field 'host' is missing or empty; the report should come in a form that has it")]
    [TestCase("report", "just text\n", "a", "the report is text/plain, by its first bytes; it should be application/pdf or image/*")]
    [TestCase("report", "", "a", "the report is application/x-empty, by its first bytes; it should be application/pdf or image/*",
        "the field 'report' is missing or empty; the report should come in a form that has it")]
    public async Task One_that_breaks_rules_is_kept_and_told_each_of_them(string field, string content, string host, params string[] errors)
    {
        using var answer = await SendAsync(field, content, ("host", host));

        answer.Status().Should().Be(200);
        var judged = JsonDocument.Parse(await answer.TextAsync()).RootElement;
        judged.Text("status").Should().Be("FAILED");
        judged.GetProperty("errors").EnumerateArray().Select(error => error.GetString()).Should().Equal(errors);
        Store.Has(judged.Text("file_hash")).Should().BeTrue();
        var listed = (await Client.GetJsonAsync("/files/tasks/reports?limit=1")).GetProperty("reports")[0];
        listed.Text("file_hash").Should().Be(judged.Text("file_hash"));
        listed.Text("status").Should().Be("FAILED");
        listed.GetProperty("errors").GetRawText().Should().Be(judged.GetProperty("errors").GetRawText());
    }

    [Test]
    public async Task A_report_without_a_form_has_no_fields_and_its_declared_type_is_ignored()
    {
        using var answer = await Client.SendAsync("POST", "/files/tasks/report", new ByteArrayContent(new byte[1001]), ("Content-Type", "application/pdf"));

        answer.Status().Should().Be(200);
        JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetString()).Should().Equal(
            "the report has 1001 bytes; it should have 1000 at most",
            "the report is application/octet-stream, by its first bytes; it should be application/pdf or image/*",
            "the field 'host' is missing or empty; the report should come in a form that has it",
            "the field 'report' is missing or empty; the report should come in a form that has it");
    }

    [Test]
    public async Task Blobs_are_where_they_were()
    {
        var file = Sample.Random(10);

        (await Client.PutAsync($"/files/{file.Hash}", new ByteArrayContent(file.Bytes))).Status().Should().Be(201);
        (await Client.GetByteArrayAsync($"/files/{file.Hash}")).Should().Equal(file.Bytes);
        (await Client.GetJsonAsync("/files")).TryGetProperty("files", out _).Should().BeTrue();
        (await Client.GetJsonAsync("/files/tasks")).GetRawText().Should().Be("""{"tasks":[{"id":1,"name":"vuln scan"},{"id":2,"name":"disinfect"}]}""");
        await (await Client.GetAsync("/files/tasks/download")).ShouldBeProblemAsync(404);
        await (await Client.GetAsync("/xyz/api/cleaner/tasks")).ShouldBeProblemAsync(404);
    }

    private Task<HttpResponseMessage> SendAsync(string field, string content, (string Name, string Value) other) =>
        Client.PostAsync("/files/tasks/report", new MultipartFormDataContent { { new StringContent(other.Value), other.Name }, { new ByteArrayContent(Bytes.Of(content)), field, "r.pdf" } });
}

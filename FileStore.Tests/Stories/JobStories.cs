using System.Text;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
[Category("Quick")]
public sealed class JobStories(string engine) : DaemonFixture(engine, "--jobs")
{
    private const string TimePattern = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$";

    [Test]
    public async Task From_a_command_to_its_result()
    {
        using var accepted = await Client.PostAsync("/api/jobs", JobClient.Json("""{"command":"echo привет; echo беда >&2; exit 1"}"""));
        accepted.Status().Should().Be(202);
        accepted.Field("Content-Type").Should().Be("application/json; charset=utf-8");
        accepted.Field("Cache-Control").Should().Be("no-store");
        var id = JsonDocument.Parse(await accepted.TextAsync()).RootElement.GetProperty("job_id").GetInt64();
        accepted.Field("Location").Should().Be($"/api/statuses/{id}");
        (await accepted.TextAsync()).Should().Be($$"""{"job_id":{{id}},"status":"/api/statuses/{{id}}"}""");

        var result = await Client.ResultAsync(id);
        result.EnumerateObject().Select(member => member.Name).Should().Equal(
            "result_id", "job_id", "duration", "completed", "stdout", "stderr", "exit_code");
        result.GetProperty("result_id").GetInt64().Should().Be(id);
        result.GetProperty("job_id").GetInt64().Should().Be(id);
        result.GetProperty("duration").GetDouble().Should().BeInRange(0.0001, 10);
        result.Text("completed").Should().MatchRegex(TimePattern);
        result.Text("stdout").Should().Be("привет\n");
        result.Text("stderr").Should().Be("беда\n");
        result.GetProperty("exit_code").GetInt32().Should().Be(1);

        var job = await Client.GetJsonAsync($"/api/jobs/{id}");
        job.EnumerateObject().Select(member => member.Name).Should().Equal("job_id", "command", "created", "status_url");
        job.Text("created").Should().MatchRegex(TimePattern);
        job.Text("status_url").Should().Be($"/api/statuses/{id}");
        (await Eventually.HoldsAsync(() => Daemon.LogText.Contains($"job {id} done: exit code 1"))).Should().BeTrue("lines gather before they are written:\n{0}", Daemon.LogText);
        Daemon.LogText.Should().NotContain("беда");
    }

    [Test]
    public async Task Curl_follows_the_status_to_the_result()
    {
        var id = await Client.SubmitAsync("echo 1");
        await Client.ResultAsync(id);

        var raw = Daemon.Ask($"GET /api/statuses/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n")!;
        raw.Status.Should().Be(303);
        raw.Field("Location").Should().Be($"/api/results/{id}");
        raw.Text.Should().Be($$"""{"status_id":{{id}},"done":true}""");
        Daemon.Ask($"HEAD /api/statuses/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n")!.Status.Should().Be(303);
        var curl = Command.Run("/", "curl", "-sSL", $"{Daemon.Url}api/statuses/{id}");
        curl.Output.Should().Contain("\"stdout\":\"1\\n\"");
    }

    [Test]
    public async Task While_it_runs_it_has_a_status_and_no_result()
    {
        var id = await Client.SubmitAsync("exec sleep 600");

        (await Client.GetStringAsync($"/api/statuses/{id}")).Should().Be($$"""{"status_id":{{id}},"done":false}""");
        await (await Client.GetAsync($"/api/results/{id}")).ShouldBeProblemAsync(404);
        await (await Client.DeleteAsync($"/api/results/{id}")).ShouldBeProblemAsync(404);
        (await DeleteAsync($"/api/jobs/{id}")).Should().Be($$"""{"job_id":{{id}},"deleted":true}""");
        foreach (var path in (string[])["jobs", "statuses", "results"])
            await (await Client.GetAsync($"/api/{path}/{id}")).ShouldBeProblemAsync(404);
        await (await Client.DeleteAsync($"/api/jobs/{id}")).ShouldBeProblemAsync(404);
    }

    [Test]
    public async Task A_deleted_result_leaves_a_status()
    {
        var id = await Client.SubmitAsync("echo 1");
        await Client.ResultAsync(id);

        (await DeleteAsync($"/api/results/{id}")).Should().Be($$"""{"result_id":{{id}},"deleted":true}""");
        (await Client.GetStringAsync($"/api/statuses/{id}")).Should().Be($$"""{"status_id":{{id}},"done":true}""");
        await (await Client.GetAsync($"/api/results/{id}")).ShouldBeProblemAsync(404);
        await (await Client.DeleteAsync($"/api/results/{id}")).ShouldBeProblemAsync(404);
        (await DeleteAsync($"/api/jobs/{id}")).Should().Contain("true");
    }

    [Test]
    public async Task A_job_uses_its_settings_and_its_secrets_are_not_shown()
    {
        var folder = Directory.CreateDirectory(Path.Join(Daemon.Home, "папка")).FullName;
        var id = await Client.SubmitAsync(new { command = "pwd; echo $A; cat", cwd = folder, env = new { A = "сек-рет 😀" }, stdin = "пароль 😀", timeout = 7.5 });

        (await Client.ResultAsync(id)).Text("stdout").Should().Be($"{folder}\nсек-рет 😀\nпароль 😀");
        var shown = await Client.GetStringAsync($"/api/jobs/{id}");
        shown.Should().NotContainAny("рет", "пароль");
        var job = JsonDocument.Parse(shown).RootElement;
        job.Text("cwd").Should().Be(folder);
        job.GetProperty("timeout").GetDouble().Should().Be(7.5);
    }

    [Test]
    public async Task A_body_in_windows_1251_is_understood()
    {
        byte[] command = [.. "{\"command\":\"echo "u8, 0xEF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, .. "\"}"u8];
        using var answer = await Client.PostAsync("/api/jobs", JobClient.Body(command, "application/json; charset=windows-1251"));
        var id = JsonDocument.Parse(await answer.TextAsync()).RootElement.GetProperty("job_id").GetInt64();

        (await Client.ResultAsync(id)).Text("stdout").Should().Be("привет\n");
        (await Client.GetJsonAsync("/api/jobs?q=ПРИВЕТ")).GetProperty("total").GetInt32().Should().BePositive();
    }

    [TestCase("application/json", "{", 400)]
    [TestCase("application/json", """{"comand":"ls"}""", 400)]
    [TestCase("application/json", "", 400)]
    [TestCase("text/plain", """{"command":"ls"}""", 415)]
    [TestCase("application/json; charset=nonsense", """{"command":"ls"}""", 415)]
    [TestCase(null, """{"command":"ls"}""", 415)]
    public async Task A_malformed_job_is_refused(string? type, string body, int status)
    {
        var before = (await Client.GetJsonAsync("/api/jobs")).GetProperty("total").GetInt32();
        using var answer = await Client.PostAsync("/api/jobs", JobClient.Body(Encoding.UTF8.GetBytes(body), type));

        await answer.ShouldBeProblemAsync(status);
        answer.Field("Accept-Post").Should().Be(status == 415 ? "application/json" : null);
        answer.Field("Cache-Control").Should().Be("no-store");
        (await Client.GetJsonAsync("/api/jobs")).GetProperty("total").GetInt32().Should().Be(before);
    }

    [Test]
    public async Task A_body_of_more_than_a_mebibyte_is_refused_also_in_chunks()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"command":"wc -c","stdin":"{{new string('x', 1 << 20)}}"}""");
        foreach (var content in (HttpContent[])[JobClient.Body(body, "application/json"), Responses.Chunked(body)])
        {
            content.Headers.ContentType = new("application/json");
            using var answer = await Client.PostAsync("/api/jobs", content);
            await answer.ShouldBeProblemAsync(413);
        }
    }

    [TestCase("0")]
    [TestCase("999999")]
    [TestCase("-1")]
    [TestCase("1x")]
    [TestCase("99999999999999999999")]
    [TestCase("%31%2F")]
    public async Task A_number_that_no_job_has_is_not_found(string id)
    {
        foreach (var (method, path) in ((string, string)[])
            [("GET", "jobs"), ("DELETE", "jobs"), ("GET", "statuses"), ("GET", "results"), ("DELETE", "results")])
            await (await Client.SendAsync(method, $"/api/{path}/{id}")).ShouldBeProblemAsync(404);
    }

    [TestCase("/api/jobs", "GET, HEAD, OPTIONS, POST")]
    [TestCase("/api/jobs/1", "DELETE, GET, HEAD, OPTIONS")]
    [TestCase("/api/statuses", "GET, HEAD, OPTIONS")]
    [TestCase("/api/statuses/1", "GET, HEAD, OPTIONS")]
    [TestCase("/api/results", "GET, HEAD, OPTIONS")]
    [TestCase("/api/results/1", "DELETE, GET, HEAD, OPTIONS")]
    public async Task Other_methods_are_refused(string path, string allow)
    {
        using var answer = await Client.SendAsync("PUT", path, new ByteArrayContent([]));

        (await answer.ShouldBeProblemAsync(405)).Field("Allow").Should().Be(allow);
    }

    private async Task<string> DeleteAsync(string path)
    {
        using var answer = await Client.DeleteAsync(path);
        answer.Status().Should().Be(200, await answer.TextAsync());
        answer.Field("Cache-Control").Should().Be("no-store");
        return await answer.TextAsync();
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What is known of reports after the daemon's end, and with a disk that fails.</summary>
[TestFixture]
public sealed class TaskCrashTests
{
    private const string Tasks = "/xyz/api/cleaner/tasks";

    private TempFolder _home;

    private string Journal => _home["tasks/reports.jsonl"];

    [SetUp]
    public void MakeHome() => _home = new TempFolder();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public async Task After_kill_9_under_load_every_report_that_was_acknowledged_is_there_once()
    {
        var acknowledged = new ConcurrentBag<(string Hash, byte[] Content)>();
        for (var round = 0; round < 3; round++)
        {
            using var daemon = DaemonProcess.Start(_home.Path);
            using var client = daemon.NewClient();
            var before = acknowledged.Count;
            var sending = Enumerable.Range(0, 8).Select(_ => SendUntilItEndsAsync(client, acknowledged)).ToArray();
            Eventually.Until(() => acknowledged.Count >= before + 100, "reports are acknowledged");
            daemon.Kill();
            await Task.WhenAll(sending);
        }

        File.AppendAllText(Journal, """{"id":1,"name":"vuln sc""");
        using var last = DaemonProcess.Start(_home.Path);
        using var again = last.NewClient();
        var listed = await ListAsync(again);

        last.LogText.Should().Contain("damaged line");
        listed.Should().OnlyHaveUniqueItems();
        listed.Should().Contain(acknowledged.Select(report => report.Hash));
        listed.Count.Should().BeLessThanOrEqualTo(acknowledged.Count + (3 * 8), "one of each client was under way when it was killed");
        foreach (var (hash, content) in acknowledged)
            (await again.GetByteArrayAsync($"/files/{hash}")).Should().Equal(content);
        (await again.PostAsync($"{Tasks}/report?id=2", new ByteArrayContent([1]))).Status().Should().Be(200);
        (await ListAsync(again)).Should().HaveCount(listed.Count + 1);
    }

    [Test]
    public async Task Without_any_configuration_there_are_two_tasks_and_a_restart_keeps_the_reports()
    {
        JsonElement before;
        using (var daemon = DaemonProcess.Start(_home.Path))
        using (var client = daemon.NewClient())
        {
            (await client.GetStringAsync(Tasks)).Should().Be("""{"tasks":[{"id":1,"name":"vuln scan"},{"id":2,"name":"disinfect"}]}""");
            await (await client.GetAsync($"{Tasks}/download")).ShouldBeProblemAsync(404);
            (await client.GetStringAsync($"{Tasks}/reports")).Should().Be("""{"reports":[],"total":0}""");
            Directory.Exists(_home["tasks"]).Should().BeFalse();
            foreach (var id in (int[])[1, 2, 1])
                (await client.PostAsync($"{Tasks}/report?id={id}", new ByteArrayContent([(byte)id]))).Status().Should().Be(200);
            before = await client.GetJsonAsync($"{Tasks}/reports");
            daemon.Signal("TERM");
            daemon.WaitForExit(TimeSpan.FromSeconds(10)).Should().BeTrue();
            daemon.ExitCode.Should().Be(0);
        }

        using var next = DaemonProcess.Start(_home.Path);
        using var again = next.NewClient();
        (await again.GetJsonAsync($"{Tasks}/reports")).GetRawText().Should().Be(before.GetRawText());
        next.LogText.Should().NotContain("damaged");
    }

    [Test]
    public void Tasks_without_their_file_are_refused_by_check_and_by_start()
    {
        File.WriteAllText(_home["tasks.json"], """{ "items": [ { "id": 1, "name": "a", "file": "tools/1.zip" } ] }""");
        var fault = $"tasks.items: the file of the task 1 cannot be used: there is no file '{_home["tools/1.zip"]}'";

        Run("check").Should().Match<CommandResult>(result => result.ExitCode == 2 && result.Error.Contains(fault));
        Run("start").Should().Match<CommandResult>(result => result.ExitCode == 1 && result.Error.Contains(fault));
        Directory.CreateDirectory(_home["tools"]);
        File.WriteAllText(_home["tools/1.zip"], "");
        Run("check").ExitCode.Should().Be(0);
        File.WriteAllText(_home["tasks"], "in the way");
        Run("start").Should().Match<CommandResult>(result => result.ExitCode == 1 && result.Error.Contains($"the record of reports in '{_home["tasks"]}' cannot be used"));

        CommandResult Run(string verb) => Command.Run(_home.Path, Command.FileStore, verb, "--host", "127.0.0.1", "--port", "0", "--tasks", "tasks.json");
    }

    [Test, NeedsRoot]
    public async Task A_disk_that_is_full_or_read_only_takes_no_report_and_loses_none()
    {
        using var disk = Mounted.Tmpfs("2m");
        using var daemon = DaemonProcess.Start(disk.Path, "--store", _home["store"], "--log-file", _home["log"], "--pid-file", _home["pid"]);
        using var client = daemon.NewClient();
        await ReportAsync(client, "one", 200);
        Command.Run("/", "sh", "-c", $"cat /dev/zero > {disk["filler"]}");
        // More than the last page of the journal has room for.
        var many = Enumerable.Range(0, 40).Select(i => ReportAsync(client, $"full {i}", 200, 507));
        (await Task.WhenAll(many)).Should().Contain(507);
        var kept = (await ListAsync(client)).Count;
        File.Delete(disk["filler"]);
        await ReportAsync(client, "two", 200);

        // A mount that is being written to cannot be made read-only, so the folder is covered by itself.
        using (new BindMount(disk["tasks"], disk["tasks"], readOnly: true))
        {
            (await ListAsync(client)).Should().HaveCount(kept + 1);
            daemon.Kill();
            Command.Run(disk.Path, Command.FileStore, "start", "--host", "127.0.0.1", "--port", "0", "--store", _home["store"], "--log-file", _home["log"], "--pid-file", _home["pid"])
                .Error.Should().Contain("the record of reports");
        }

        using var next = DaemonProcess.Start(disk.Path, "--store", _home["store"], "--log-file", _home["log"], "--pid-file", _home["pid"]);
        using var again = next.NewClient();
        (await ListAsync(again)).Should().HaveCount(kept + 1);
        next.LogText.Should().NotContain("damaged");
    }

    private static async Task SendUntilItEndsAsync(HttpClient client, ConcurrentBag<(string Hash, byte[] Content)> acknowledged)
    {
        try
        {
            while (true)
            {
                var content = Bytes.Fresh(500);
                using var answer = await client.PostAsync($"{Tasks}/report", new ByteArrayContent(content));
                answer.Status().Should().Be(200);
                JsonDocument.Parse(await answer.TextAsync()).RootElement.Text("file_hash").Should().Be(Bytes.HashOf(content));
                acknowledged.Add((Bytes.HashOf(content), content));
            }
        }
        catch (HttpRequestException)
        {
            // It has been killed.
        }
    }

    private static async Task<int> ReportAsync(HttpClient client, string content, params int[] expected)
    {
        using var answer = await client.PostAsync($"{Tasks}/report", new ByteArrayContent(Bytes.Of(content)));
        if (answer.Status() != 200)
            await answer.ShouldBeProblemAsync(answer.Status());
        expected.Should().Contain(answer.Status());
        return answer.Status();
    }

    private static async Task<List<string>> ListAsync(HttpClient client)
    {
        var hashes = new List<string>();
        int total;
        do
        {
            var page = await client.GetJsonAsync($"{Tasks}/reports?limit=1000&offset={hashes.Count}");
            hashes.AddRange(page.GetProperty("reports").EnumerateArray().Select(report => report.Text("file_hash")));
            total = page.GetProperty("total").GetInt32();
        }
        while (hashes.Count < total);
        hashes.Should().HaveCount(total);
        return hashes;
    }
}

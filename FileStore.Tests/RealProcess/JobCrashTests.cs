using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.RealProcess;

/// <summary>What jobs know after the daemon's end, whatever that was.</summary>
[TestFixture]
public sealed class JobCrashTests
{
    private TempFolder _home;

    private string Journal => _home["jobs/journal.jsonl"];

    [SetUp]
    public void MakeHome() => _home = new TempFolder();

    [TearDown]
    public void RemoveHome() => _home.Dispose();

    [Test]
    public async Task After_kill_9_a_job_that_ran_is_done_its_orphans_are_gone_and_those_that_waited_run()
    {
        var mark = Mark();
        using (var daemon = Start())
        using (var client = daemon.NewClient())
        {
            await client.RunAsync("echo before");
            for (var i = 0; i < 4; i++)
                await client.SubmitAsync($"sleep {mark}; echo never");
            await client.SubmitAsync("echo waited");
            Eventually.Until(() => JobClient.ProcessesWith($"sleep\0{mark}").Length == 4 && CountOf("running") == 5, "they run");
            daemon.Kill();
        }

        JobClient.ProcessesWith(mark).Should().NotBeEmpty("they outlived the daemon");
        using var next = Start();
        using var again = next.NewClient();

        Eventually.Until(() => JobClient.ProcessesWith(mark).Length == 0, "orphans are killed");
        (await again.ResultAsync(1)).Text("stdout").Should().Be("before\n");
        for (var id = 2; id <= 5; id++)
        {
            var result = await again.ResultAsync(id);
            result.GetProperty("exit_code").ValueKind.Should().Be(JsonValueKind.Null);
            result.Text("error").Should().Be("the daemon ended while it ran");
        }

        (await again.ResultAsync(6)).Text("stdout").Should().Be("waited\n");
        (await again.SubmitAsync("true")).Should().Be(7);
    }

    [Test]
    public async Task A_stop_ends_jobs_and_says_so_afterwards()
    {
        var mark = Mark();
        using (var daemon = Start())
        using (var client = daemon.NewClient())
        {
            await client.SubmitAsync($"trap 'exit 0' TERM; sleep {mark} & wait");
            Eventually.Until(() => JobClient.ProcessesWith($"sleep\0{mark}").Length == 1, "it runs");
            daemon.Signal("TERM");
            daemon.WaitForExit(TimeSpan.FromSeconds(8)).Should().BeTrue();
            daemon.ExitCode.Should().Be(0);
        }

        JobClient.ProcessesWith(mark).Should().BeEmpty();
        using var next = Start();
        using var again = next.NewClient();
        var result = await again.ResultAsync(1);
        result.GetProperty("exit_code").ValueKind.Should().Be(JsonValueKind.Null);
        result.Text("error").Should().Be("the daemon stopped while it ran");
    }

    [Test]
    public async Task A_stop_kills_a_job_that_ignores_TERM()
    {
        var mark = Mark();
        using var daemon = Start();
        using var client = daemon.NewClient();
        await client.SubmitAsync($"trap '' TERM; while :; do sleep {mark}; done");
        Eventually.Until(() => JobClient.ProcessesWith($"sleep\0{mark}").Length == 1, "it runs");

        daemon.Signal("TERM");

        daemon.WaitForExit(TimeSpan.FromSeconds(25)).Should().BeTrue();
        JobClient.ProcessesWith(mark).Should().BeEmpty();
    }

    [Test]
    public async Task A_torn_line_of_the_journal_costs_no_acknowledged_job()
    {
        using (var daemon = Start())
        using (var client = daemon.NewClient())
        {
            await client.RunAsync("echo 1");
            daemon.Kill();
        }

        File.AppendAllText(Journal, """{"event":"created","id":2,"job":{"id":2,"requ""");
        using (var daemon = Start())
        using (var client = daemon.NewClient())
        {
            daemon.LogText.Should().Contain("1 damaged line");
            (await client.ResultAsync(1)).Text("stdout").Should().Be("1\n");
            (await client.ResultAsync(await client.SubmitAsync("echo 2"))).Text("stdout").Should().Be("2\n");
            daemon.Kill();
        }

        using var last = Start();
        using var again = last.NewClient();
        (await again.GetJsonAsync("/api/results")).GetProperty("total").GetInt32().Should().Be(2);
    }

    [Test]
    public async Task A_process_that_has_the_number_of_a_job_of_old_is_left_alone()
    {
        using (var daemon = Start())
        using (var client = daemon.NewClient())
        {
            await client.SubmitAsync("exec sleep 600");
            Eventually.Until(() => CountOf("running") == 1, "it runs");
            daemon.Kill();
        }

        var line = File.ReadAllLines(Journal)[^1];
        var leader = JsonDocument.Parse(line).RootElement.GetProperty("job").GetProperty("leader");
        var pid = leader.GetProperty("pid").GetInt32();
        try
        {
            File.AppendAllLines(Journal, [line.Replace($"\"start\":{leader.GetProperty("start")}", "\"start\":1")]);
            using var next = Start();
            using var again = next.NewClient();
            (await again.ResultAsync(1)).Text("error").Should().Be("the daemon ended while it ran");
            Directory.Exists($"/proc/{pid}").Should().BeTrue("it was started at another time than the job's process");
        }
        finally
        {
            DaemonHome.Signal(pid, "KILL");
        }
    }

    [Test, NeedsRoot]
    public async Task A_full_disk_refuses_jobs_and_lets_those_that_run_end()
    {
        using var disk = Mounted.Tmpfs("8m");
        using var daemon = DaemonProcess.Start(disk.Path, ["--jobs", "--store", _home["store"], "--log-file", _home["log"], "--pid-file", _home["pid"]]);
        using var client = daemon.NewClient();
        var id = await client.SubmitAsync($"while [ ! -e {_home["go"]} ]; do sleep 0.05; done; echo done");
        Eventually.Until(() => File.ReadAllText(disk["jobs/journal.jsonl"]).Contains("\"running\""), "it runs");
        Command.Run("/", "sh", "-c", $"cat /dev/zero > {disk["filler"]}");

        using (var refused = await client.PostAsync("/api/jobs", JobClient.Json($$"""{"command":"true","stdin":"{{new string('x', 10_000)}}"}"""))) // more than the last page of the journal has room for
            await refused.ShouldBeProblemAsync(507);
        File.WriteAllText(_home["go"], "");
        (await client.ResultAsync(id)).Text("stdout").Should().Be("done\n");
        File.Delete(disk["filler"]);

        (await client.RunAsync("echo again")).Text("stdout").Should().Be("again\n");
        daemon.Kill();
        File.ReadAllLines(disk["jobs/journal.jsonl"]).Should().OnlyContain(line => line.EndsWith('}'));
    }

    private DaemonProcess Start() => DaemonProcess.Start(_home.Path, "--jobs");

    private int CountOf(string happened) => File.ReadAllLines(Journal).Count(line => line.StartsWith($"{{\"event\":\"{happened}\""));

    private static string Mark() => $"{Random.Shared.Next(100_000, 999_999)}.{Random.Shared.Next(100_000, 999_999)}";
}

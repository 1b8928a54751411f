using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
public sealed class JobEndStories(string engine) : DaemonFixture(engine, ["--jobs", "--durability", "none"])
{
    [Test]
    public async Task A_job_that_runs_is_killed_with_its_children_when_it_is_deleted()
    {
        var mark = Mark();
        var id = await Client.SubmitAsync($"sleep {mark} & (trap '' TERM; sleep {mark}; sleep {mark}) & wait");
        Eventually.Until(() => JobClient.ProcessesWith($"sleep\0{mark}").Length == 2, "it has children");

        using var answer = await Client.DeleteAsync($"/api/jobs/{id}");

        answer.Status().Should().Be(200);
        JobClient.ProcessesWith(mark).Should().BeEmpty("the answer waits for their end");
    }

    [Test]
    public async Task A_job_that_waits_never_runs_when_it_is_deleted()
    {
        var blockers = new List<long>();
        for (var i = 0; i < 4; i++) // as many as run at a time
            blockers.Add(await Client.SubmitAsync("exec sleep 600"));
        var ran = Path.Join(Daemon.Home, "ran");
        var waiting = await Client.SubmitAsync($"touch {ran}");
        var next = await Client.SubmitAsync("echo next");

        using (var answer = await Client.DeleteAsync($"/api/jobs/{waiting}"))
            answer.Status().Should().Be(200);
        foreach (var id in blockers)
            (await Client.DeleteAsync($"/api/jobs/{id}")).Dispose();

        (await Client.ResultAsync(next)).Text("stdout").Should().Be("next\n");
        File.Exists(ran).Should().BeFalse();
    }

    [Test]
    public async Task Deleted_just_as_they_come_none_is_left()
    {
        var mark = Mark();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var id = await Client.SubmitAsync($"sleep {mark}; true");
            using var answer = await Client.DeleteAsync($"/api/jobs/{id}");
            answer.Status().Should().Be(200);
        }));

        JobClient.ProcessesWith(mark).Should().BeEmpty();
        (await Client.GetJsonAsync($"/api/jobs?q={mark}")).GetProperty("total").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task Many_jobs_at_once_all_run()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Client.SubmitAsync($"echo {i}")));

        ids.Should().OnlyHaveUniqueItems();
        for (var i = 0; i < ids.Length; i++)
            (await Client.ResultAsync(ids[i], seconds: 60)).Text("stdout").Should().Be($"{i}\n");
    }

    private static string Mark() => $"{Random.Shared.Next(100_000, 999_999)}.{Random.Shared.Next(100_000, 999_999)}";
}

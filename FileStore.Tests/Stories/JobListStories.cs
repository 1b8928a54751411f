using System.Text.Json;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[EngineNeutral]
public sealed class JobListStories(string engine) : DaemonFixture(engine, "--jobs")
{
    private readonly List<long> _ids = [];

    [OneTimeSetUp]
    public async Task RunSomeJobs()
    {
        foreach (var command in (string[])["echo привет", "exit 3", "echo ΟΔΟΣ", "ECHO", "seq 1000", "exec sleep 600"])
            _ids.Add(await Client.SubmitAsync(command));
        foreach (var id in _ids[..5])
            await Client.ResultAsync(id);
    }

    [TestCase("", 0, 1, 2, 3, 4, 5)]
    [TestCase("?q=ПРИВЕТ", 0)]
    [TestCase("?q=οδος", 2)]
    [TestCase("?q=echo", 0, 2, 3)]
    [TestCase("?command=echo", 3)]
    [TestCase("?done=false", 5)]
    [TestCase("?exit_code=3", 1)]
    [TestCase("?exit_code=0&q=echo", 0, 2)]
    [TestCase("?sort=-created&limit=2", 5, 4)]
    [TestCase("?offset=4", 4, 5)]
    [TestCase("?offset=100")]
    [TestCase("?created_after=2100-01-01")]
    public async Task These_are_listed(string query, params int[] expected)
    {
        var jobs = await Client.GetJsonAsync($"/api/jobs{query}");
        var statuses = await Client.GetJsonAsync($"/api/statuses{query}");

        Ids(jobs, "jobs", "job_id").Should().Equal(expected.Select(i => _ids[i]));
        Ids(statuses, "statuses", "status_id").Should().Equal(expected.Select(i => _ids[i]));
        Ids(await Client.GetJsonAsync($"/api/results{query}"), "results", "result_id").Should().BeSubsetOf(_ids[..5]);
    }

    [Test]
    public async Task A_list_tells_how_many_there_are_in_all()
    {
        (await Client.GetJsonAsync("/api/jobs?limit=1")).GetProperty("total").GetInt32().Should().Be(6);
        (await Client.GetJsonAsync("/api/results?limit=1&offset=3")).GetProperty("total").GetInt32().Should().Be(5);
    }

    [Test]
    public async Task Lines_of_the_lists_have_these_members()
    {
        Members(await Client.GetJsonAsync("/api/jobs"), "jobs").Should().Equal("job_id", "command", "created");
        Members(await Client.GetJsonAsync("/api/statuses"), "statuses").Should().Equal("status_id", "job_id", "done");
        Members(await Client.GetJsonAsync("/api/results"), "results").Should().Equal(
            "result_id", "job_id", "duration", "completed", "stdout", "stderr", "exit_code");
    }

    [Test]
    public async Task The_list_of_results_has_the_beginnings_of_their_output()
    {
        var listed = (await Client.GetJsonAsync("/api/results?q=seq")).GetProperty("results")[0];
        var whole = await Client.GetJsonAsync($"/api/results/{_ids[4]}");

        listed.Text("stdout").Should().HaveLength(1024);
        listed.GetProperty("stdout_truncated").GetBoolean().Should().BeTrue();
        whole.Text("stdout").Should().StartWith(listed.Text("stdout")).And.EndWith("\n1000\n");
        whole.TryGetProperty("stdout_truncated", out _).Should().BeFalse();
    }

    [Test]
    public async Task A_faulty_search_is_refused_by_every_list()
    {
        foreach (var list in (string[])["jobs", "statuses", "results"])
        {
            foreach (var query in (string[])["?user=1", "?q=1&q=2", "?limit=x", "?sort=name"])
                await (await Client.GetAsync($"/api/{list}{query}")).ShouldBeProblemAsync(400);
        }
    }

    private static IEnumerable<long> Ids(JsonElement json, string list, string id) =>
        json.GetProperty(list).EnumerateArray().Select(line => line.GetProperty(id).GetInt64());

    private static IEnumerable<string> Members(JsonElement json, string list) =>
        json.GetProperty(list)[0].EnumerateObject().Select(member => member.Name);
}

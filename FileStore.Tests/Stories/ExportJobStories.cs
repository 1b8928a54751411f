using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

/// <summary>The daemon's own work in the background, where jobs are on.</summary>
[EngineNeutral]
public sealed class ExportJobStories(string engine) : ExportFixture(engine, "--jobs")
{
    [Test]
    public async Task Packing_is_a_job_with_a_result()
    {
        Write("db-dump.sql", "sql");
        using var trap = Trap.Answering(201, "pong");
        await Client.GetStringAsync(Tar("db-dump.sql", trap.Port));
        var id = await LastJobAsync();

        var result = await Client.ResultAsync(id);

        result.Text("stdout").Should().StartWith($"db-dump.tgz, {new FileInfo(this["db-dump.tgz"]).Length} bytes\n").And.EndWith("answered 201: pong\n");
        result.GetProperty("exit_code").GetInt32().Should().Be(0);
        (await Client.GetJsonAsync($"/api/jobs/{id}")).Text("command").Should().Be("tar dir_1/db-dump.tgz");
        (await Client.GetJsonAsync("/api/jobs?q=DB-DUMP&done=true")).GetProperty("total").GetInt32().Should().BePositive();
    }

    [Test]
    public async Task Packing_that_fails_is_a_job_that_failed()
    {
        WriteSparse("big.bin", 1L << 30);
        using var trap = Trap.Answering(200);
        await Client.GetStringAsync(Tar("big.bin", trap.Port));
        var id = await LastJobAsync();
        Eventually.Until(() => Names().Length == 2, "packing has begun");

        Write("big.bin", "cut");

        var result = await Client.ResultAsync(id);
        result.GetProperty("exit_code").GetInt32().Should().Be(1);
        result.Text("stderr").Should().Contain("it had 1073741824 bytes");
        trap.Connections.Should().Be(0);
    }

    [Test]
    public async Task Packing_ends_when_its_job_is_deleted()
    {
        WriteSparse("big.bin", 1L << 34);
        using var trap = Trap.Answering(200);
        await Client.GetStringAsync(Tar("big.bin", trap.Port));
        var id = await LastJobAsync();
        Eventually.Until(() => Names().Length == 2, "packing has begun");
        (await Client.GetJsonAsync($"/api/statuses/{id}")).GetProperty("done").GetBoolean().Should().BeFalse();

        using var deleted = await Client.DeleteAsync($"/api/jobs/{id}");

        deleted.Status().Should().Be(200, await deleted.TextAsync());
        Names().Should().Equal("big.bin");
        trap.Connections.Should().Be(0);
        using var again = await Client.DeleteAsync($"/api/jobs/{id}");
        again.Status().Should().Be(404);
    }

    private async Task<long> LastJobAsync() =>
        (await Client.GetJsonAsync("/api/jobs?sort=-created&limit=1")).GetProperty("jobs")[0].GetProperty("job_id").GetInt64();

    [Test]
    public async Task Packing_that_waits_for_its_turn_is_deleted_at_once()
    {
        using var trap = Trap.Answering(200);
        var ids = new List<long>();
        foreach (var i in Enumerable.Range(0, Environment.ProcessorCount + 1))
        {
            WriteSparse($"big{i}.bin", 1L << 36);
            await Client.GetStringAsync(Tar($"big{i}.bin", trap.Port));
            ids.Add(await LastJobAsync());
        }

        foreach (var id in Enumerable.Reverse(ids))
            (await Client.DeleteAsync($"/api/jobs/{id}").WaitAsync(TimeSpan.FromSeconds(10))).Status().Should().Be(200);

        Names().Should().OnlyContain(name => name.EndsWith(".bin"));
        Eventually.Until(() => Daemon.LogText.Contains("ended: it was deleted"), "the log tells of it");
        Daemon.LogText.Should().NotContain("canceled");
    }
}

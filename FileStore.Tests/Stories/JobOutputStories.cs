using System.Security.Cryptography;
using System.Text;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Stories;

[NonParallelizable]
[EngineNeutral]
public sealed class JobOutputStories(string engine) : DaemonFixture(engine, ["--jobs", "--durability", "none"]) // what is measured is memory, not the disk
{
    private const int MaxOutput = 10_000_000;

    [Test]
    public async Task Endless_output_ends_with_the_timeout_and_can_be_fetched_whole()
    {
        var result = await Client.RunAsync(new { command = "yes | head -c 12M; exec yes", timeout = 1 });

        result.GetProperty("exit_code").GetInt32().Should().Be(124);
        result.Text("error").Should().Contain("1 s");
        result.Text("stdout").Should().HaveLength(MaxOutput);
        result.GetProperty("stdout_truncated").GetBoolean().Should().BeTrue();
        result.TryGetProperty("stderr_truncated", out _).Should().BeFalse();
        var whole = await Client.GetByteArrayAsync($"/files/{result.Text("stdout_hash")}");
        whole.Length.Should().BeGreaterThan(12 << 20);
        Encoding.UTF8.GetString(whole.AsSpan(0, MaxOutput)).Should().Be(result.Text("stdout"));
    }

    [TestCase(300)]
    [TestCase(3072, Category = "Long")]
    public async Task Memory_does_not_grow_with_the_output(int megabytes)
    {
        for (var i = 0; i < 2; i++) // what the daemon needs once, it has then
            await Client.RunAsync("yes 0123456789 | head -c 20M");
        var before = ProcessUse.Memory(Daemon.Pid);
        var most = before;

        var id = await Client.SubmitAsync($"yes 0123456789 | head -c {megabytes}M; echo end >&2");
        (await Eventually.HoldsAsync(() =>
        {
            most = Math.Max(most, ProcessUse.Memory(Daemon.Pid));
            return Client.GetStringAsync($"/api/statuses/{id}?").GetAwaiter().GetResult().Contains("result_id");
        }, seconds: 300)).Should().BeTrue();

        (most - before).Should().BeLessThan(150 << 20, "a result is held some times over while it is written and shown");
        var result = await Client.ResultAsync(id);
        result.Text("stderr").Should().Be("end\n");
        using var answer = await Client.GetAsync($"/files/{result.Text("stdout_hash")}", HttpCompletionOption.ResponseHeadersRead);
        answer.Content.Headers.ContentLength.Should().Be((long)megabytes << 20);
        Convert.ToHexStringLower(await SHA256.HashDataAsync(await answer.Content.ReadAsStreamAsync())).Should().Be(result.Text("stdout_hash"));
        await Client.DeleteAsync($"/files/{result.Text("stdout_hash")}");
    }

    [Test]
    public async Task Output_that_is_not_UTF_8_is_shown_with_replacement_characters()
    {
        var result = await Client.RunAsync(@"printf 'a\377\000\033\342\202\254\360\237\230\200\ud'");

        result.Text("stdout").Should().StartWith("a\uFFFD\0\u001b€😀");
    }
}

using FileStore.Core.Jobs;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Core.Jobs;

[TestFixture]
public sealed class JobQueueTests
{
    [Test]
    public async Task A_history_that_fails_unforeseen_does_not_hold_up_a_stop()
    {
        await using var jobs = await QueueInFolder.OpenAsync(start: false);
        await jobs.SubmitAsync("true");
        jobs.Queue.Dispose();

        jobs.Queue.Start();

        Eventually.Until(() => jobs.Queue.Counts().Running == 1, "it is tried");
        await jobs.Queue.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
        jobs.Queue.Counts().Running.Should().Be(0);
        await FluentActions.Awaiting(() => jobs.Queue.DeleteAsync(1)).Should().ThrowAsync<JobHistoryException>();
        await FluentActions.Awaiting(() => jobs.Queue.TrackAsync("work", _ => Task.FromResult(""))).Should().ThrowAsync<JobHistoryException>();
        jobs.Queue.Counts().Running.Should().Be(0);
    }

    [Test]
    public async Task Hundreds_run_one_by_one_and_keep_their_order()
    {
        await using var jobs = await QueueInFolder.OpenAsync(options => options with { MaxConcurrent = 1, MaxQueued = 300 });

        for (var i = 1; i <= 300; i++)
            await jobs.SubmitAsync($"echo {i} >> order");
        await jobs.ResultAsync(300, seconds: 120);

        File.ReadAllLines(jobs["order"]).Should().Equal(Enumerable.Range(1, 300).Select(i => $"{i}"));
    }

    [Test]
    public async Task So_many_run_at_a_time_and_so_many_wait()
    {
        await using var jobs = await QueueInFolder.OpenAsync(options => options with { MaxConcurrent = 2, MaxQueued = 3 });
        for (var i = 0; i < 5; i++)
            await jobs.SubmitAsync("exec sleep 600");
        Eventually.Until(() => jobs.Queue.Find(2)!.Leader is not null, "two run");

        (await jobs.Queue.SubmitAsync(new JobRequest("true"))).Should().BeNull();
        jobs.Queue.All().Count(job => job.Started is not null).Should().Be(2);

        (await jobs.Queue.DeleteAsync(4)).Should().BeTrue("it waits");
        await jobs.SubmitAsync("true");
        (await jobs.Queue.DeleteAsync(1)).Should().BeTrue("it runs");
        Eventually.Until(() => jobs.Queue.Find(3)!.Started is not null, "the next runs");
        jobs.Queue.All().Select(job => job.Id).Should().Equal(2, 3, 5, 6);
        (await jobs.Queue.DeleteAsync(4)).Should().BeFalse();
    }

    [Test]
    public async Task A_stop_ends_the_running_job_and_leaves_the_waiting_one_to_the_next_start()
    {
        await using var jobs = await QueueInFolder.OpenAsync(options => options with { MaxConcurrent = 1 });
        await jobs.SubmitAsync("trap 'exit 7' TERM; touch ready; while :; do sleep 0.05; done");
        await jobs.SubmitAsync(new JobRequest("echo $A; cat") { Environment = new Dictionary<string, string> { ["A"] = "secret" }, Stdin = "text" });
        Eventually.Until(() => File.Exists(jobs["ready"]), "it runs");

        await jobs.CloseAsync();
        File.ReadAllText(jobs.Journal).Should().Contain("secret", "it is needed yet");
        await jobs.ReopenAsync();

        (await jobs.ResultAsync(1)).Should().Match<JobResult>(result => result.ExitCode == null && result.Error == "the daemon stopped while it ran");
        (await jobs.ResultAsync(2)).Stdout.Text.Should().Be("secret\ntext");
        jobs.Queue.Find(2)!.Request.Environment.Should().BeNull("nobody needs it any more");
    }

    [Test]
    public async Task A_job_that_waited_long_ago_does_not_run_before_the_start()
    {
        await using var jobs = await QueueInFolder.OpenAsync(start: false);
        await jobs.SubmitAsync("echo 1");

        jobs.Queue.Find(1)!.Started.Should().BeNull();
        jobs.Queue.Start();

        (await jobs.ResultAsync(1)).Stdout.Text.Should().Be("1\n");
    }

    [Test]
    public async Task Work_of_the_daemon_is_a_job_besides_the_others()
    {
        await using var jobs = await QueueInFolder.OpenAsync(options => options with { MaxConcurrent = 1 });
        await jobs.SubmitAsync("exec sleep 600");
        var goOn = new TaskCompletionSource<string>();

        var good = await jobs.Queue.TrackAsync("pack a", _ => goOn.Task);
        var bad = await jobs.Queue.TrackAsync("pack b", _ => throw new InvalidDataException("no such thing"));

        jobs.Queue.Find(good.Id).Should().Match<Job>(job => job.Started != null && !job.IsDone && job.Request.Command == "pack a");
        goOn.SetResult("packed");
        (await jobs.ResultAsync(good.Id)).Should().Match<JobResult>(result => result.ExitCode == 0 && result.Stdout.Text == "packed");
        (await jobs.ResultAsync(bad.Id)).Should().Match<JobResult>(result => result.ExitCode == 1 && result.Stderr.Text == "no such thing");
    }

    [Test]
    public async Task Deleting_work_cancels_it_and_waits_for_it()
    {
        await using var jobs = await QueueInFolder.OpenAsync();
        var hasEnded = false;
        var job = await jobs.Queue.TrackAsync("pack", async ct =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
            finally
            {
                hasEnded = true;
            }

            return "";
        });

        (await jobs.Queue.DeleteAsync(job.Id)).Should().BeTrue();

        hasEnded.Should().BeTrue();
        jobs.Queue.Find(job.Id).Should().BeNull();
    }

    [Test]
    public async Task A_stop_waits_for_work_and_does_not_cancel_it()
    {
        await using var jobs = await QueueInFolder.OpenAsync();
        var goOn = new TaskCompletionSource<string>();
        await jobs.Queue.TrackAsync("pack", ct => goOn.Task.WaitAsync(ct));

        var stopped = jobs.Queue.StopAsync();
        stopped.IsCompleted.Should().BeFalse();
        goOn.SetResult("packed");
        await stopped;

        (await jobs.Queue.FindResultAsync(1))!.Stdout.Text.Should().Be("packed");
    }

    [Test]
    public async Task A_deleted_result_leaves_a_job_that_is_done()
    {
        await using var jobs = await QueueInFolder.OpenAsync();
        await jobs.RunAsync("seq 1000");

        (await jobs.Queue.DeleteResultAsync(1)).Should().BeTrue();
        (await jobs.Queue.DeleteResultAsync(1)).Should().BeFalse();
        await jobs.ReopenAsync();

        jobs.Queue.Find(1).Should().Match<Job>(job => job.IsDone && job.Result == null);
        (await jobs.Queue.FindResultAsync(1)).Should().BeNull();
    }

    [Test]
    public async Task A_job_is_gone_once_its_deletion_is_acknowledged()
    {
        await using var jobs = await QueueInFolder.OpenAsync(options => options with { MaxConcurrent = 2 });
        for (var id = 1L; id <= 100; id++)
        {
            var submitted = jobs.SubmitAsync($"echo {id} >> ran; exec sleep 600");
            while (!await jobs.Queue.DeleteAsync(id))
                await Task.Yield();
            await submitted;
            jobs.Queue.Find(id).Should().BeNull();
        }

        jobs.Queue.All().Should().BeEmpty();
        await jobs.SubmitAsync("true");
        (await jobs.ResultAsync(101)).ExitCode.Should().Be(0, "nothing is left that holds up the queue");
        jobs.Queue.All().Should().ContainSingle();
    }

    [Test]
    public async Task A_result_and_its_job_deleted_at_once_are_gone()
    {
        await using var jobs = await QueueInFolder.OpenAsync();
        for (var id = 1L; id <= 40; id++)
        {
            await jobs.SubmitAsync("true");
            await jobs.ResultAsync(id);
            await Task.WhenAll(jobs.Queue.DeleteResultAsync(id), jobs.Queue.DeleteAsync(id));
            jobs.Queue.Find(id).Should().BeNull();
        }
    }
}

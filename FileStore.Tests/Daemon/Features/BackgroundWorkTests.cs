using FileStore.Core.Jobs;
using FileStore.Daemon.Features;
using FileStore.Tests.Support;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Features;

[TestFixture]
public sealed class BackgroundWorkTests
{
    [Test]
    public async Task Work_that_could_not_begin_is_not_waited_for()
    {
        await using var jobs = await QueueInFolder.OpenAsync();
        var work = new BackgroundWork(jobs.Log.Logger) { Tracker = jobs.Queue.TrackAsync };
        jobs.Queue.Dispose();

        await FluentActions.Awaiting(() => work.StartAsync("work", _ => Task.FromResult("done"))).Should().ThrowAsync<JobHistoryException>();

        await work.DrainAsync().WaitAsync(TimeSpan.FromMinutes(1));
        await work.CancelAsync().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Work_that_fails_is_over(bool isTracked)
    {
        await using var jobs = await QueueInFolder.OpenAsync();
        var work = new BackgroundWork(jobs.Log.Logger) { Tracker = isTracked ? jobs.Queue.TrackAsync : null };

        await work.StartAsync("work", _ => throw new InvalidOperationException("unforeseen"));

        await work.DrainAsync().WaitAsync(TimeSpan.FromMinutes(1));
        jobs.Log.All.Should().Contain(line => line.StartsWith("Error work failed"));
    }
}

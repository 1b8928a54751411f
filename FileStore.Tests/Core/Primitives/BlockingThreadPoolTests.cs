using FileStore.Core.Primitives;
using FluentAssertions;

namespace FileStore.Tests.Core.Primitives;

public sealed class BlockingThreadPoolTests
{
    [Test]
    public async Task A_call_gives_its_result_or_its_exception()
    {
        using var threads = new BlockingThreadPool(2);

        (await threads.RunAsync(() => 42)).Should().Be(42);
        var failing = () => threads.RunAsync<int>(() => throw new IOException("why"));
        (await failing.Should().ThrowAsync<IOException>()).WithMessage("why");
        (await threads.RunAsync(() => "still there")).Should().Be("still there");
    }

    [Test]
    public async Task No_more_calls_run_at_once_than_there_are_threads_and_none_is_forgotten()
    {
        using var threads = new BlockingThreadPool(3);
        var (running, most) = (0, 0);
        var calls = Enumerable.Range(0, 60).Select(i => threads.RunAsync(() =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            Thread.Sleep(1);
            Interlocked.Decrement(ref running);
            return i;
        }));

        (await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(20))).Should().Equal(Enumerable.Range(0, 60));
        most.Should().BeInRange(1, 3);
    }

    [Test]
    public async Task A_call_that_waits_does_not_hold_up_another()
    {
        using var threads = new BlockingThreadPool(2);
        using var release = new ManualResetEventSlim();
        var waiting = threads.RunAsync(() => release.Wait(TimeSpan.FromSeconds(20)));

        for (var i = 0; i < 10; i++)
            (await threads.RunAsync(() => i).WaitAsync(TimeSpan.FromSeconds(10))).Should().Be(i);

        release.Set();
        (await waiting).Should().BeTrue();
    }

    [Test]
    public async Task A_call_that_has_not_begun_can_be_cancelled_and_never_begins()
    {
        using var threads = new BlockingThreadPool(1);
        using var release = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        using var firstBegun = new ManualResetEventSlim();
        var started = false;
        var first = threads.RunAsync(() =>
        {
            firstBegun.Set();
            return release.Wait(TimeSpan.FromSeconds(20));
        }, cancel.Token);
        firstBegun.Wait(TimeSpan.FromSeconds(20)).Should().BeTrue();
        var second = threads.RunAsync(() => started = true, cancel.Token);

        await cancel.CancelAsync();

        await this.Awaiting(_ => second.WaitAsync(TimeSpan.FromSeconds(10))).Should().ThrowAsync<OperationCanceledException>();
        release.Set();
        (await first).Should().BeTrue("it had begun");
        (await threads.RunAsync(() => started)).Should().BeFalse();
    }
}

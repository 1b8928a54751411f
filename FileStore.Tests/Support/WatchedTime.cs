using Microsoft.Extensions.Time.Testing;

namespace FileStore.Tests.Support;

/// <summary>A clock that only the test moves, and that knows whether somebody has looked at it since.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private long _looks;

    public override long GetTimestamp()
    {
        Interlocked.Increment(ref _looks);
        return base.GetTimestamp();
    }

    /// <summary>Moves the clock, and waits until the engine's watch has looked at it: it does so once a second.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        var looks = Interlocked.Read(ref _looks);
        Advance(time);
        for (var i = 0; i < 2000 && Interlocked.Read(ref _looks) == looks; i++)
            await Task.Delay(1);
    }
}

namespace FileStore.Tests.Support;

/// <summary>A clock whose timers run twenty times too fast, and that remembers how long they should have run.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private const int Hurry = 20;

    private readonly List<TimeSpan> _timers = [];

    public TimeSpan[] Timers
    {
        get
        {
            lock (_timers)
                return [.. _timers];
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_timers)
            _timers.Add(dueTime);
        return System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / Hurry : dueTime, period);
    }
}

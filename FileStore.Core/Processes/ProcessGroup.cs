using System.Diagnostics;
using System.Globalization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>A program that was started, which leads the group, and all it started that has not left the group.</summary>
internal sealed class ProcessGroup(Process leader, TimeProvider time)
{
    private static readonly TimeSpan FirstPollDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxPollDelay = TimeSpan.FromMilliseconds(320);
    private static readonly TimeSpan MinLeaveTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxLeaveTime = TimeSpan.FromSeconds(2);

    private readonly int _id = leader.Id;

    /// <summary>Asks all of them to end, and ends by force those that are there after the grace.</summary>
    internal async Task TerminateAsync(TimeSpan grace)
    {
        if (!TrySignal(Posix.SigTerm))
            return;
        TrySignal(Posix.SigCont); // a stopped process would see the TERM only when it goes on
        var askedAt = time.GetTimestamp();
        var delay = FirstPollDelay;
        while (IsAlive())
        {
            if (time.GetElapsedTime(askedAt) >= grace)
            {
                TrySignal(Posix.SigKill);
                return;
            }

            await Task.Delay(delay, time);
            if (delay < MaxPollDelay)
                delay *= 2;
        }
    }

    /// <summary>False if nobody is there any more. In its first moment the leader has not made its group yet.</summary>
    internal bool TrySignal(int signal) =>
        Posix.TrySignal(-_id, signal) || (!leader.HasExited && Posix.TrySignal(_id, signal));

    /// <summary>
    /// Gives processes that are about to leave the group the time to do so: what a shell starts with <c>setsid</c> in the
    /// background may not have begun when the shell ends. One that sleeps is not about to leave; one that works or waits for
    /// the disk may be, on a machine that is busy.
    /// </summary>
    /// <param name="interruption">Ends the wait early.</param>
    internal async Task WaitForLeaversAsync(Task interruption)
    {
        var startedAt = time.GetTimestamp();
        var delay = FirstPollDelay;
        while (!interruption.IsCompleted && States() is { Count: > 0 } states)
        {
            var waited = time.GetElapsedTime(startedAt);
            if (waited >= MaxLeaveTime || (waited >= MinLeaveTime && !states.Exists(state => state is "R" or "D")))
                return;
            await Task.WhenAny(interruption, Task.Delay(delay, time));
            delay = delay < MinLeaveTime / 4 ? delay * 2 : delay;
        }
    }

    private bool IsAlive() => States().Count > 0;

    /// <summary>
    /// The states of its processes (proc_pid_stat(5)). One that has ended is of the group until it is reaped, and the first process of
    /// a container may never do that: it is left out.
    /// </summary>
    private List<string> States()
    {
        const int state = 0, processGroup = 2;
        if (!TrySignal(0))
            return [];
        var id = _id.ToString(CultureInfo.InvariantCulture);
        return [.. from directory in Directory.EnumerateDirectories("/proc")
            let name = Path.GetFileName(directory)
            where int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            let fields = ProcessIdentity.StatOf(int.Parse(name, CultureInfo.InvariantCulture))
            where fields is not null && fields[state] is not ("Z" or "X") && (name == id || fields[processGroup] == id)
            select fields[state]];
    }
}

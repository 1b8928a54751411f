using System.Diagnostics;
using System.Globalization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>A started program, which leads a process group, and its descendants that have not left the group.</summary>
internal sealed class ProcessGroup(Process leader, TimeProvider time)
{
    private static readonly TimeSpan FirstPollDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxPollDelay = TimeSpan.FromMilliseconds(320);
    private static readonly TimeSpan MinLeaveTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxLeaveTime = TimeSpan.FromSeconds(2);

    private readonly int _id = leader.Id;

    /// <summary>Sends SIGTERM to the group, and SIGKILL to what is left after the grace period.</summary>
    internal async Task TerminateAsync(TimeSpan grace)
    {
        if (!TrySignal(Posix.SigTerm))
            return;
        TrySignal(Posix.SigCont); // a stopped process handles SIGTERM only when it continues
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

    /// <summary>
    /// Sends a signal to the group. False if it is empty. Just after the start, the leader has not created the group yet.
    /// </summary>
    internal bool TrySignal(int signal) =>
        Posix.TrySignal(-_id, signal) || (!leader.HasExited && Posix.TrySignal(_id, signal));

    /// <summary>
    /// Waits for processes that are about to leave the group: a background command under <c>setsid</c> may not have started
    /// when the shell ends. A sleeping process is not about to leave. One that is running, or waiting for the disk, may be,
    /// on a busy machine.
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
    /// The states of the group's processes (proc_pid_stat(5)). Zombies are left out: they stay in the group until they are
    /// reaped, which the init process of a container may never do.
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

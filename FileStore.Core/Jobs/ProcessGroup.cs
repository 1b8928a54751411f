using System.Diagnostics;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>The processes of one job: its shell, which leads the group, and all it started that has not left the group.</summary>
internal sealed class ProcessGroup(Process leader, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly int _id = leader.Id;

    /// <summary>Asks all of them to end, and ends by force those that are there after the grace.</summary>
    internal async Task EndAsync(TimeSpan grace)
    {
        if (!TrySignal(Posix.SigTerm))
            return;
        TrySignal(Posix.SigCont); // a stopped process would see the TERM only when it goes on
        var asked = time.GetTimestamp();
        while (TrySignal(0))
        {
            if (time.GetElapsedTime(asked) >= grace)
            {
                TrySignal(Posix.SigKill);
                return;
            }

            await Task.Delay(Look, time);
        }
    }

    /// <summary>False if nobody is there any more. In its first moment the leader has not made its group yet.</summary>
    internal bool TrySignal(int signal) =>
        Posix.TrySignal(-_id, signal) || (!leader.HasExited && Posix.TrySignal(_id, signal));
}

using System.Diagnostics;
using System.Globalization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Processes;

/// <summary>A program that was started, which leads the group, and all it started that has not left the group.</summary>
internal sealed class ProcessGroup(Process leader, TimeProvider time)
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(320);

    private readonly int _id = leader.Id;

    /// <summary>Asks all of them to end, and ends by force those that are there after the grace.</summary>
    internal async Task EndAsync(TimeSpan grace)
    {
        if (!TrySignal(Posix.SigTerm))
            return;
        TrySignal(Posix.SigCont); // a stopped process would see the TERM only when it goes on
        var asked = time.GetTimestamp();
        var pause = FirstLook;
        while (IsAlive())
        {
            if (time.GetElapsedTime(asked) >= grace)
            {
                TrySignal(Posix.SigKill);
                return;
            }

            await Task.Delay(pause, time);
            if (pause < LongestPause)
                pause *= 2;
        }
    }

    /// <summary>False if nobody is there any more. In its first moment the leader has not made its group yet.</summary>
    internal bool TrySignal(int signal) =>
        Posix.TrySignal(-_id, signal) || (!leader.HasExited && Posix.TrySignal(_id, signal));

    /// <summary>A process that has ended is of the group until it is reaped, and the first process of a container may never do that.</summary>
    private bool IsAlive() => TrySignal(0) && Directory.EnumerateDirectories("/proc").Any(folder =>
    {
        const int state = 0, group = 2;
        return int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && ProcessIdentity.StatOf(pid) is { } fields && fields[state] is not ("Z" or "X") && (pid == _id || fields[group] == _id.ToString(CultureInfo.InvariantCulture));
    });
}

using System.Diagnostics;

namespace FileStore.Tests.Support;

/// <summary>Waits for what comes about by itself.</summary>
internal static class Poll
{
    /// <summary>Whether the condition has come true within this time.</summary>
    public static async Task<bool> UntilAsync(Func<bool> condition, double seconds = 10)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > seconds)
                return false;
            await Task.Delay(50);
        }

        return true;
    }
}

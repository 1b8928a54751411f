using System.Diagnostics;

namespace FileStore.Tests.Support;

/// <summary>Waits for what happens in its own time.</summary>
internal static class Eventually
{
    /// <summary>Whether the condition has come true within this time.</summary>
    public static async Task<bool> HoldsAsync(Func<bool> condition, double seconds = 10)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            if (waited.Elapsed.TotalSeconds > seconds)
                return false;
            await Task.Delay(50);
        }

        return true;
    }

    /// <summary>Returns as soon as the condition holds.</summary>
    /// <exception cref="AssertionException">It did not hold in time.</exception>
    public static void Until(Func<bool> condition, string what, int seconds = 20)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            if (waited.Elapsed.TotalSeconds > seconds)
                throw new AssertionException($"waited {seconds} s in vain: {what}");
            Thread.Sleep(15);
        }
    }
}

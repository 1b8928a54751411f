using System.Collections.Concurrent;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>One direction of an exchange on Kestrel. While it waits for its client, the engine's watch looks at it.</summary>
/// <param name="rate">Judges the client.</param>
/// <param name="waiting">Where it stands while it waits.</param>
/// <param name="abort">Cuts the client off.</param>
internal sealed class WatchedTransfer(TransferRate rate, ConcurrentDictionary<WatchedTransfer, bool> waiting, Action abort)
{
    /// <summary>Waits for bytes to come, or to go.</summary>
    internal async Task<int> WaitAsync(Task<int> transfer)
    {
        waiting[this] = true;
        rate.BeginWait();
        var count = 0;
        try
        {
            return count = await transfer;
        }
        finally
        {
            rate.EndWait(count);
            waiting.TryRemove(this, out _);
        }
    }

    /// <summary>Takes note of bytes that were there without waiting.</summary>
    internal void AddImmediate(int bytes) => rate.EndWait(bytes);

    /// <summary>To be called once a second, by one thread.</summary>
    internal void CheckRate()
    {
        if (rate.IsTooSlow())
            abort();
    }
}

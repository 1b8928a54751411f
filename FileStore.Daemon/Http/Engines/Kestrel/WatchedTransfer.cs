using System.Collections.Concurrent;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>One direction of an exchange on Kestrel. The engine checks its rate while it waits for the client.</summary>
/// <param name="rate">The client's transfer rate.</param>
/// <param name="waiting">Holds the transfer while it waits.</param>
/// <param name="abort">Aborts the connection.</param>
internal sealed class WatchedTransfer(TransferRate rate, ConcurrentDictionary<WatchedTransfer, bool> waiting, Action abort)
{
    /// <summary>Waits for a transfer to complete.</summary>
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

    /// <summary>Adds bytes that were transferred without waiting.</summary>
    internal void AddImmediate(int bytes) => rate.EndWait(bytes);

    /// <summary>To be called once a second by one thread.</summary>
    internal void CheckRate()
    {
        if (rate.IsTooSlow())
            abort();
    }
}

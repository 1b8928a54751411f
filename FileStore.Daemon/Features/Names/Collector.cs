using FileStore.Core.Blobs;
using FileStore.Core.Index;
using FileStore.Core.Names;
using Serilog;

namespace FileStore.Daemon.Features.Names;

/// <summary>Removes files that came by a name once nothing has pointed at them for a while.</summary>
/// <param name="store">The store.</param>
/// <param name="grace">How long they stay.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class Collector(NamedBlobStore store, TimeSpan grace, TimeProvider time, ILogger log)
{
    /// <summary>The time between two searches for them.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private long _collected;

    /// <summary>How many files it has removed.</summary>
    internal long Collected => Interlocked.Read(ref _collected);

    /// <summary>Removes those that are due now.</summary>
    internal async Task CollectAsync(CancellationToken ct)
    {
        try
        {
            var count = await store.CollectAsync(time.GetUtcNow() - grace, ct);
            Interlocked.Add(ref _collected, count);
            if (count > 0)
                log.Information("{Count} files that nothing pointed at any more were removed", count);
        }
        catch (Exception e) when (e is BlobStoreException or IndexException)
        {
            log.Warning("files that nothing points at any more could not be removed: {Reason:l}", e.Message);
        }
    }
}

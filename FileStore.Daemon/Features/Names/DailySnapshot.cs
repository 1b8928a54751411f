using FileStore.Core.Index;
using FileStore.Core.Names;
using Serilog;

namespace FileStore.Daemon.Features.Names;

/// <summary>Copies the index once a day to <c>snapshot.db</c> beside it, for backups and for a day when the index is damaged.</summary>
/// <param name="index">The index.</param>
/// <param name="path">The file of the copy.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class DailySnapshot(LazyIndex index, string path, TimeProvider time, ILogger log)
{
    /// <summary>The time between two looks at the age of the copy.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Age = TimeSpan.FromDays(1);

    /// <summary>Makes a copy if the last one is a day old, or its time lies ahead.</summary>
    internal async Task TakeIfDueAsync(CancellationToken ct)
    {
        try
        {
            var age = time.GetUtcNow() - File.GetLastWriteTimeUtc(path); // 1601 if there is none
            if (index.OpenIfThere() is { } names && (age >= Age || age < -Interval))
                await names.SnapshotAsync(path, ct);
        }
        catch (IndexException e)
        {
            log.Warning("the index of names could not be copied to {Path:l}: {Reason:l}", path, e.Message);
        }
    }
}

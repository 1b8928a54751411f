namespace FileStore.Core.Blobs;

/// <summary>Counters since a store was opened. Members may be called from any number of threads.</summary>
public sealed class BlobMetrics
{
    private long _stored;
    private long _deduplicated;
    private long _repaired;
    private long _removed;

    /// <summary>New blobs.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Uploads whose content was stored already.</summary>
    public long Deduplicated => Interlocked.Read(ref _deduplicated);

    /// <summary>Damaged files that were replaced by an upload of the same content.</summary>
    public long Repaired => Interlocked.Read(ref _repaired);

    /// <summary>Removed blobs.</summary>
    public long Removed => Interlocked.Read(ref _removed);

    internal void AddStored() => Interlocked.Increment(ref _stored);

    internal void AddDeduplicated() => Interlocked.Increment(ref _deduplicated);

    internal void AddRepaired() => Interlocked.Increment(ref _repaired);

    internal void AddRemoved() => Interlocked.Increment(ref _removed);
}

namespace FileStore.Core.Blobs;

/// <summary>What has happened to blobs since a store was opened. Members may be called from any number of threads.</summary>
public sealed class BlobMetrics
{
    private long _stored;
    private long _repeated;
    private long _repaired;
    private long _removed;

    /// <summary>Blobs that were new.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>Uploads of bytes that were stored already.</summary>
    public long Deduplicated => Interlocked.Read(ref _repeated);

    /// <summary>Damaged files that an upload of their bytes has replaced.</summary>
    public long Repaired => Interlocked.Read(ref _repaired);

    /// <summary>Blobs that were removed.</summary>
    public long Removed => Interlocked.Read(ref _removed);

    internal void AddStored() => Interlocked.Increment(ref _stored);

    internal void AddDeduplicated() => Interlocked.Increment(ref _repeated);

    internal void AddRepaired() => Interlocked.Increment(ref _repaired);

    internal void AddRemoved() => Interlocked.Increment(ref _removed);
}

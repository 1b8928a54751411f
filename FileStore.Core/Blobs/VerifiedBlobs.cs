using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Remembers which files were verified, in which state, because hashing takes longer than everything else about a small
/// blob. A change through the file system changes the file's stamp. Silent corruption of the medium does not, so a
/// verification expires after <see cref="RevalidateAfter"/>. The table takes 2 MB; on overflow, entries are evicted and
/// verified again. Members may be called from any number of threads.
/// </summary>
internal sealed class VerifiedBlobs(TimeProvider time)
{
    /// <summary>How long a verification counts.</summary>
    internal static readonly TimeSpan RevalidateAfter = TimeSpan.FromMinutes(10);

    private const int BucketCount = 1 << 16, BucketSize = 4;

    private volatile Table _table = new(time.GetTimestamp());

    /// <summary>
    /// Whether this blob's file was verified recently in the state in which it was opened. False without a stamp.
    /// </summary>
    internal bool Contains(OpenBlob blob)
    {
        if (time.GetElapsedTime(_table.Since) >= RevalidateAfter)
            _table = new Table(time.GetTimestamp());
        return blob.Stamp is { } stamp && FindBucket(blob.Digest, stamp, out var fingerprint).Contains(fingerprint);
    }

    /// <summary>Records a successful verification.</summary>
    internal void Add(OpenBlob blob)
    {
        if (blob.Stamp is not { } stamp || !stamp.IsSettled(time.GetUtcNow()))
            return;
        var bucket = FindBucket(blob.Digest, stamp, out var fingerprint);
        bucket[..^1].CopyTo(bucket[1..]); // concurrent writers may lose or duplicate an entry
        bucket[0] = fingerprint;
    }

    /// <summary>
    /// The bucket of a blob, and its fingerprint there. String hashes are randomised, so clients cannot predict it.
    /// </summary>
    private Span<ulong> FindBucket(Digest digest, FileStamp stamp, out ulong fingerprint)
    {
        var name = digest.Hex.AsSpan();
        var (first, second) = (HashOf(name[..(name.Length / 2)]), HashOf(name[(name.Length / 2)..]));
        fingerprint = ((ulong)first << 32) | second | 1; // never 0, which is an empty slot
        return _table.Fingerprints.AsSpan((int)(first % BucketCount) * BucketSize, BucketSize);

        // Hashes the stamp's numbers rather than combining its own hash: a collision of two stamps would be in both halves.
        uint HashOf(ReadOnlySpan<char> half) => (uint)HashCode.Combine(string.GetHashCode(half),
            stamp.Identity.Device, stamp.Identity.Inode, stamp.Length,
            stamp.Modified.Seconds, stamp.Modified.Nanoseconds, stamp.Changed.Seconds, stamp.Changed.Nanoseconds);
    }

    private sealed class Table(long since)
    {
        internal long Since { get; } = since;

        internal ulong[] Fingerprints { get; } = new ulong[BucketCount * BucketSize];
    }
}

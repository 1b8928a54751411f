using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>
/// Which files have been compared with their names, and in which state, so that it is not done again each time they are
/// read: the hash takes longer than all else about a small blob. What is done to a file through the file system shows in its
/// stamp the next time that it is opened. A medium that loses bytes by itself does not show, and so a comparison counts for
/// <see cref="RevalidateAfter"/> at most. It takes two megabytes; where those do not do, some are compared more often. Members may be
/// called from any number of threads.
/// </summary>
internal sealed class VerifiedBlobs(TimeProvider time)
{
    /// <summary>How long a comparison counts.</summary>
    internal static readonly TimeSpan RevalidateAfter = TimeSpan.FromMinutes(10);

    private const int Buckets = 1 << 16, Places = 4;

    private volatile Memory _memory = new(time.GetTimestamp());

    /// <summary>Whether the file of a blob, as it was when it was opened, was compared not long ago. False of what has no stamp.</summary>
    internal bool Contains(OpenBlob blob)
    {
        if (time.GetElapsedTime(_memory.Since) >= RevalidateAfter)
            _memory = new Memory(time.GetTimestamp());
        return blob.Stamp is { } stamp && BucketOf(blob.Digest, stamp, out var mark).Contains(mark);
    }

    /// <summary>The file of a blob has been compared, and is what its name says.</summary>
    internal void Add(OpenBlob blob)
    {
        if (blob.Stamp is not { } stamp || !stamp.IsSettled(time.GetUtcNow()))
            return;
        var bucket = BucketOf(blob.Digest, stamp, out var mark);
        bucket[..^1].CopyTo(bucket[1..]); // threads that do so at once lose one of the marks, or keep it twice
        bucket[0] = mark;
    }

    /// <summary>Where a blob's mark stands if it is known, and what it is: a number that nobody outside this process can tell.</summary>
    private Span<ulong> BucketOf(Digest digest, FileStamp stamp, out ulong mark)
    {
        var name = digest.Hex.AsSpan();
        var (first, second) = (HashOf(name[..(name.Length / 2)]), HashOf(name[(name.Length / 2)..]));
        mark = ((ulong)first << 32) | second | 1; // never that of an empty place
        return _memory.Marks.AsSpan((int)(first % Buckets) * Places, Places);

        // Of the stamp's numbers, not of its own hash: what two stamps had in common would be in both halves.
        uint HashOf(ReadOnlySpan<char> half) => (uint)HashCode.Combine(string.GetHashCode(half),
            stamp.Identity.Device, stamp.Identity.Inode, stamp.Length,
            stamp.Modified.Seconds, stamp.Modified.Nanoseconds, stamp.Changed.Seconds, stamp.Changed.Nanoseconds);
    }

    private sealed class Memory(long since)
    {
        internal long Since { get; } = since;

        internal ulong[] Marks { get; } = new ulong[Buckets * Places];
    }
}

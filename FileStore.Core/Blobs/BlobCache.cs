using System.Collections.Concurrent;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob in memory.</summary>
internal sealed class CacheEntry(Digest digest, byte[] bytes, DateTimeOffset modified)
{
    // Bytes per entry besides the content: objects, the digest's text, two collection nodes. A rough measurement.
    private const int Overhead = 512;

    internal Digest Digest { get; } = digest;

    internal byte[] Bytes { get; } = bytes;

    internal DateTimeOffset Modified { get; } = modified;

    internal long Cost => CostOf(Bytes.Length);

    internal static long CostOf(long length) => length + Overhead;

    /// <summary>When the inner store last confirmed that the blob exists (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    internal long ConfirmedAt;

    /// <summary>The used bit of the CLOCK algorithm.</summary>
    internal volatile bool IsReferenced;

    /// <summary>Its node in the CLOCK list. Changed only under the cache's lock.</summary>
    internal LinkedListNode<CacheEntry>? Node;
}

/// <summary>
/// The memory of <see cref="CachedBlobStore"/>: a CLOCK cache with an admission filter, bounded in bytes. A blob is
/// admitted on its second request while there is room. When the cache is full it is admitted on its third request, unless
/// the CLOCK victim was used recently, and on the sixteenth in any case. Reading takes no lock.
/// </summary>
internal sealed class BlobCache(long capacity)
{
    private const int SlotCount = 1 << 14;
    private const int MaxCount = 15; // a 4-bit counter

    private readonly ConcurrentDictionary<Digest, CacheEntry> _entries = new();
    private readonly LinkedList<CacheEntry> _clock = new();
    private readonly Lock _lock = new();
    private readonly int[] _slots = new int[SlotCount];
    private long _size;
    private long _removals;

    /// <summary>Counts removals, so that bytes read before a removal are not cached after it.</summary>
    internal long Removals => Volatile.Read(ref _removals);

    internal CacheEntry? Find(Digest digest)
    {
        if (!_entries.TryGetValue(digest, out var entry))
            return null;
        if (!entry.IsReferenced)
            entry.IsReferenced = true;
        return entry;
    }

    /// <summary>
    /// Counts a request for a blob that is not cached, and decides whether to cache it now. If so, its count starts over.
    /// </summary>
    internal bool ShouldAdmit(Digest digest, long length)
    {
        var fits = Volatile.Read(ref _size) + CacheEntry.CostOf(length) <= capacity;
        // A slot packs the hash's upper bits with a 4-bit counter. The lower bits are implied by the slot's index.
        var hash = digest.GetHashCode();
        ref var slot = ref _slots[(uint)hash % SlotCount];
        var previous = slot;
        var count = (previous | MaxCount) == (hash | MaxCount) ? (previous & MaxCount) + 1 : 1;
        // When reads are spread over more blobs than fit, replacing one popular blob by another costs more than it gains.
        var isAdmitted = fits ? count >= 2 : count >= 3 && CacheEntry.CostOf(length) <= capacity && (count > MaxCount || !TryGiveSecondChance());
        slot = (hash & ~MaxCount) | (isAdmitted ? 0 : Math.Min(count, MaxCount));
        return isAdmitted;
    }

    /// <summary>
    /// Caches a blob that <see cref="ShouldAdmit"/> has accepted, evicting others, unless a blob was removed since
    /// <paramref name="removals"/> was read.
    /// </summary>
    internal void Add(CacheEntry entry, long removals)
    {
        lock (_lock)
        {
            if (_removals != removals)
                return;
            RemoveEntry(entry.Digest);
            while (_size + entry.Cost > capacity)
                Evict();
            _entries[entry.Digest] = entry;
            entry.Node = _clock.AddLast(entry);
            _size += entry.Cost;
        }
    }

    internal void Remove(Digest digest)
    {
        lock (_lock)
        {
            _removals++;
            RemoveEntry(digest);
        }
    }

    /// <summary>Gives the CLOCK victim a second chance if its used bit is set. False if it was not set.</summary>
    private bool TryGiveSecondChance()
    {
        lock (_lock)
        {
            if (_clock.First is not { Value.IsReferenced: true } next)
                return false;
            MoveToBack(next);
            return true;
        }
    }

    private void RemoveEntry(Digest digest)
    {
        if (!_entries.TryRemove(digest, out var entry))
            return;
        _clock.Remove(entry.Node!);
        _size -= entry.Cost;
    }

    private void Evict()
    {
        var next = _clock.First!;
        if (next.Value.IsReferenced)
            MoveToBack(next);
        else
            RemoveEntry(next.Value.Digest);
    }

    private void MoveToBack(LinkedListNode<CacheEntry> place)
    {
        place.Value.IsReferenced = false;
        _clock.Remove(place);
        _clock.AddLast(place);
    }
}

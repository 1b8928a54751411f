using System.Collections.Concurrent;
using FileStore.Core.Primitives;

namespace FileStore.Core.Blobs;

/// <summary>A blob in memory.</summary>
internal sealed class CacheEntry(Digest digest, byte[] bytes, DateTimeOffset modified)
{
    // What an entry takes besides its bytes: objects, the digest's text, places in two collections. Measured roughly.
    private const int Overhead = 512;

    internal Digest Digest { get; } = digest;

    internal byte[] Bytes { get; } = bytes;

    internal DateTimeOffset Modified { get; } = modified;

    internal long Cost => CostOf(Bytes.Length);

    internal static long CostOf(long length) => length + Overhead;

    /// <summary>When the inner store last had it, as <see cref="TimeProvider.GetTimestamp"/> counts.</summary>
    internal long ConfirmedAt;

    /// <summary>Whether it was asked for since the clock's hand last passed.</summary>
    internal volatile bool Used;

    /// <summary>Its place in the clock; changed only under the cache's lock.</summary>
    internal LinkedListNode<CacheEntry>? Place;
}

/// <summary>
/// The memory of <see cref="CachedBlobStore"/>: bounded in bytes, entered on the second request, left in the order of the clock
/// algorithm. If others have to leave for it, a blob enters on its third request, or, where the next to leave is asked for as
/// well, on a later one, the sixteenth at the latest. Reading takes no lock.
/// </summary>
internal sealed class BlobCache(long capacity)
{
    private const int SeenSlots = 1 << 14;
    private const int MostTimes = 15; // all ones

    private readonly ConcurrentDictionary<Digest, CacheEntry> _entries = new();
    private readonly LinkedList<CacheEntry> _clock = new();
    private readonly Lock _gate = new();
    private readonly int[] _seen = new int[SeenSlots];
    private long _size;
    private long _removals;

    /// <summary>Counts removals, so that bytes read before a removal are not entered after it.</summary>
    internal long Removals => Volatile.Read(ref _removals);

    internal CacheEntry? Find(Digest digest)
    {
        if (!_entries.TryGetValue(digest, out var entry))
            return null;
        if (!entry.Used)
            entry.Used = true;
        return entry;
    }

    /// <summary>Whether a blob that was asked for, and is not here, is asked for often enough to be. Its count begins anew then.</summary>
    internal bool IsWorthwhile(Digest digest, long length)
    {
        var fits = Volatile.Read(ref _size) + CacheEntry.CostOf(length) <= capacity;
        // A slot holds a digest's hash, with the times it was seen in those bits that the slot's place tells anyway.
        var hash = digest.GetHashCode();
        ref var slot = ref _seen[(uint)hash % SeenSlots];
        var before = slot;
        var times = (before | MostTimes) == (hash | MostTimes) ? (before & MostTimes) + 1 : 1;
        // Where reads are spread over more than fits, what would go is worth as much as what would come, and the
        // exchange costs more than either gives.
        var isWorthwhile = fits ? times >= 2 : times >= 3 && CacheEntry.CostOf(length) <= capacity && (times > MostTimes || !PassUsed());
        slot = (hash & ~MostTimes) | (isWorthwhile ? 0 : Math.Min(times, MostTimes));
        return isWorthwhile;
    }

    /// <summary>
    /// Enters a blob that is not larger than the capacity, as <see cref="IsWorthwhile"/> has seen to, unless something was
    /// removed since <paramref name="removals"/> was read. Others leave for it.
    /// </summary>
    internal void Add(CacheEntry entry, long removals)
    {
        lock (_gate)
        {
            if (_removals != removals)
                return;
            Drop(entry.Digest);
            while (_size + entry.Cost > capacity)
                Evict();
            _entries[entry.Digest] = entry;
            entry.Place = _clock.AddLast(entry);
            _size += entry.Cost;
        }
    }

    internal void Remove(Digest digest)
    {
        lock (_gate)
        {
            _removals++;
            Drop(digest);
        }
    }

    /// <summary>Has the clock's hand pass the next to leave, if that was asked for since the hand was there last. False if it was not.</summary>
    private bool PassUsed()
    {
        lock (_gate)
        {
            if (_clock.First is not { Value.Used: true } next)
                return false;
            Pass(next);
            return true;
        }
    }

    private void Drop(Digest digest)
    {
        if (!_entries.TryRemove(digest, out var entry))
            return;
        _clock.Remove(entry.Place!);
        _size -= entry.Cost;
    }

    private void Evict()
    {
        var next = _clock.First!;
        if (next.Value.Used)
            Pass(next);
        else
            Drop(next.Value.Digest);
    }

    private void Pass(LinkedListNode<CacheEntry> place)
    {
        place.Value.Used = false;
        _clock.Remove(place);
        _clock.AddLast(place);
    }
}

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

    internal long Cost => Bytes.Length + Overhead;

    /// <summary>When the inner store last had it, as <see cref="TimeProvider.GetTimestamp"/> counts.</summary>
    internal long ConfirmedAt;

    /// <summary>Whether it was asked for since the clock's hand last passed.</summary>
    internal volatile bool Used;

    /// <summary>Its place in the clock; changed only under the cache's lock.</summary>
    internal LinkedListNode<CacheEntry>? Place;
}

/// <summary>
/// The memory of <see cref="CachedBlobStore"/>: bounded in bytes, entered on the second request, left in the order of
/// the clock algorithm. Reading takes no lock.
/// </summary>
internal sealed class BlobCache(long capacity)
{
    private const int SeenSlots = 1 << 14;

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

    /// <summary>True from the second time on that a digest is named within some thousands of others.</summary>
    internal bool IsAskedAgain(Digest digest)
    {
        var hash = digest.GetHashCode();
        ref var slot = ref _seen[(uint)hash % SeenSlots];
        if (slot == hash)
            return true;
        slot = hash;
        return false;
    }

    /// <summary>Enters a blob, unless something was removed since <paramref name="removals"/> was read.</summary>
    internal void Add(CacheEntry entry, long removals)
    {
        if (entry.Cost > capacity)
            return;
        lock (_gate)
        {
            if (_removals != removals)
                return;
            Drop(entry.Digest);
            _entries[entry.Digest] = entry;
            entry.Place = _clock.AddLast(entry);
            _size += entry.Cost;
            while (_size > capacity)
                Evict();
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

    private void Drop(Digest digest)
    {
        if (!_entries.TryRemove(digest, out var entry))
            return;
        _clock.Remove(entry.Place!);
        _size -= entry.Cost;
    }

    private void Evict()
    {
        var entry = _clock.First!.Value;
        if (!entry.Used)
        {
            Drop(entry.Digest);
            return;
        }

        entry.Used = false;
        _clock.RemoveFirst();
        entry.Place = _clock.AddLast(entry);
    }
}

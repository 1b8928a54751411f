using System.Runtime.CompilerServices;
using FileStore.Core.Blobs;
using FileStore.Core.Index;
using FileStore.Core.Index.Sqlite;
using FileStore.Core.Primitives;

namespace FileStore.Core.Names;

/// <summary>Compares an index with its store, both of which may be in use meanwhile.</summary>
public static class IndexCheck
{
    /// <summary>Finds what is wrong, a sentence each.</summary>
    /// <param name="index">The file of the index, absolute.</param>
    /// <param name="store">The store.</param>
    /// <param name="collectedBefore">A moment: what nothing has pointed at since before it should be gone.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="IndexException">The index cannot be read, or is damaged.</exception>
    public static async IAsyncEnumerable<string> FindFaultsAsync(
        string index, DiskStoreOptions store, DateTimeOffset collectedBefore, [EnumeratorCancellation] CancellationToken ct)
    {
        var damage = SqliteNameIndex.FindDamage(index);
        foreach (var fault in damage)
            yield return fault;
        if (damage.Count > 0)
            throw new IndexException(DiskFault.Failed, $"'{index}' is damaged") { IsDamaged = true };

        var layout = new BlobLayout(store.Root, store.HashKind);
        await foreach (var record in SqliteNameIndex.ReadAsync(index, store.HashKind, ct))
        {
            var isStored = File.Exists(layout.PathOf(record.Digest));
            if (record.Name is { } name && !isStored)
                yield return $"the name '{name}' points at {record.Digest}, which is not stored";
            else if (record.Name is null && isStored && record.Time < collectedBefore)
                yield return $"{record.Digest} is still stored, although nothing has pointed at it since {Timestamp.Format(record.Time)}";
        }
    }
}

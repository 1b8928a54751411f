using FileStore.Core.Primitives;

namespace FileStore.Core.Names;

/// <summary>
/// Locks blobs by their digest, so that what is stored and what the index says of it change together. Several blobs may
/// share a lock.
/// </summary>
internal sealed class DigestLocks
{
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the locks of blobs.</summary>
    /// <returns>Releases them when it is disposed.</returns>
    internal async ValueTask<IDisposable> AcquireAsync(IEnumerable<Digest> digests, CancellationToken ct)
    {
        var held = new Held();
        try
        {
            // In one order for all, or two callers could wait for each other.
            foreach (var index in digests.Select(IndexOf).Distinct().Order())
            {
                await _locks[index].WaitAsync(ct);
                held.Add(_locks[index]);
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private int IndexOf(Digest digest) => (int)((uint)digest.GetHashCode() % (uint)_locks.Length);

    private sealed class Held : List<SemaphoreSlim>, IDisposable
    {
        public void Dispose() => ForEach(one => one.Release());
    }
}

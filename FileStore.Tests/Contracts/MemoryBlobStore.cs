using System.Collections.Concurrent;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;

namespace FileStore.Tests.Contracts;

/// <summary>
/// The smallest possible store. It shows that the contract does not require files, and serves as the inner store in tests.
/// </summary>
internal sealed class MemoryBlobStore(HashKind kind) : IBlobStore
{
    /// <summary>When every blob was stored.</summary>
    public DateTimeOffset Stored { get; set; } = new(2024, 2, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentDictionary<Digest, byte[]> _blobs = new();
    private int _opens;

    public HashKind HashKind => kind;

    /// <summary>How many times a blob was opened.</summary>
    public int Opens => _opens;

    /// <summary>The stamp of every blob, as if each were a file.</summary>
    public FileStamp? Stamp { get; set; }

    /// <summary>Replaces the content of a blob, as a failing disk does.</summary>
    public void Damage(Digest digest, byte[] bytes) => _blobs[digest] = bytes;

    public ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct)
    {
        Interlocked.Increment(ref _opens);
        return ValueTask.FromResult<OpenBlob?>(_blobs.TryGetValue(digest, out var bytes) ? new Open(digest, bytes, Stored, Stamp) : null);
    }

    public string LocationOf(Digest digest) => $"memory:{digest}";

    public async Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, ct);
        using var hash = kind.CreateHash();
        hash.AppendData(bytes.ToArray());
        return new Incoming(_blobs, Digest.FromBytes(kind, hash.GetHashAndReset()), bytes.ToArray(), Stored);
    }

    public Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct)
    {
        lock (_blobs)
        {
            var outcomes = new List<CommitOutcome>();
            foreach (var upload in uploads.Cast<Incoming>().TakeWhile(_ => !outcomes.Contains(CommitOutcome.Conflict)))
                outcomes.Add(upload.Commit());
            if (outcomes[^1] == CommitOutcome.Conflict)
            {
                foreach (var (upload, _) in uploads.Zip(outcomes).Where(pair => pair.Second == CommitOutcome.Created))
                    _blobs.TryRemove(upload.Digest, out _);
            }

            return Task.FromResult<IReadOnlyList<CommitOutcome>>(outcomes);
        }
    }

    public Task<bool> RemoveAsync(Digest digest, CancellationToken ct) => Task.FromResult(_blobs.TryRemove(digest, out _));

    public Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct)
    {
        var rest = _blobs.Where(blob => after is null || string.CompareOrdinal(blob.Key.Hex, after.Value.Hex) > 0)
            .OrderBy(blob => blob.Key.Hex, StringComparer.Ordinal)
            .Select(blob => new BlobInfo(blob.Key, blob.Value.Length, Stored)).ToList();
        return Task.FromResult(rest.Count > limit ? new BlobPage(rest[..limit], rest[limit - 1].Digest) : new BlobPage(rest, null));
    }

    public Task CheckWritableAsync(CancellationToken ct) => Task.CompletedTask;

    private sealed class Incoming(ConcurrentDictionary<Digest, byte[]> blobs, Digest digest, byte[] bytes, DateTimeOffset stored) : IncomingBlob(digest, bytes.Length)
    {
        public override ValueTask<OpenBlob> OpenAsync(CancellationToken ct) => ValueTask.FromResult<OpenBlob>(new Open(Digest, bytes, stored, null));

        public override Task<CommitOutcome> CommitAsync(CancellationToken ct)
        {
            lock (blobs)
                return Task.FromResult(Commit());
        }

        public CommitOutcome Commit() =>
            blobs.TryAdd(Digest, bytes) ? CommitOutcome.Created
            : blobs.TryGetValue(Digest, out var there) && !there.AsSpan().SequenceEqual(bytes) ? CommitOutcome.Conflict
            : CommitOutcome.AlreadyStored;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Open(Digest digest, byte[] bytes, DateTimeOffset stored, FileStamp? stamp) : OpenBlob(digest, bytes.Length, stored)
    {
        internal override FileStamp? Stamp => stamp;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken ct)
        {
            var rest = bytes.AsMemory((int)Math.Min(offset, bytes.Length));
            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            return ValueTask.FromResult(count);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

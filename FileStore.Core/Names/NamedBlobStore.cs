using FileStore.Core.Blobs;
using FileStore.Core.Index;
using FileStore.Core.Primitives;

namespace FileStore.Core.Names;

/// <summary>
/// A store and the names of its blobs. A blob is stored before a name points at it, and goes after the last one: a crash may
/// leave a blob too many, never a name without its blob. Blobs that are committed to this store as to any other are pinned.
/// </summary>
/// <param name="inner">The store. It stays the caller's to dispose.</param>
/// <param name="index">The index, which is opened when it is needed. It stays the caller's to dispose.</param>
public sealed class NamedBlobStore(IBlobStore inner, LazyIndex index) : IBlobStore
{
    private const int ShownNames = 10;
    private const int CollectedTogether = 1000;

    private readonly DigestLocks _locks = new();

    /// <summary>The index of the names. Changes of names that exist may be made in it directly.</summary>
    public LazyIndex Index => index;

    /// <inheritdoc/>
    public HashKind HashKind => inner.HashKind;

    /// <inheritdoc/>
    public ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct) => inner.OpenAsync(digest, ct);

    /// <inheritdoc/>
    public string LocationOf(Digest digest) => inner.LocationOf(digest);

    /// <inheritdoc/>
    public Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct) => inner.ListAsync(after, limit, ct);

    /// <inheritdoc/>
    public Task CheckWritableAsync(CancellationToken ct) => inner.CheckWritableAsync(ct);

    /// <inheritdoc/>
    public async Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct) =>
        new PinnedUpload(this, await inner.ReceiveAsync(content, length, ct));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct)
    {
        using var locked = await _locks.AcquireAsync(uploads.Select(upload => upload.Digest), ct);
        var outcomes = await inner.CommitAllAsync([.. uploads.Select(InnerOf)], ct);
        if (outcomes[^1] != CommitOutcome.Conflict)
        {
            for (var i = 0; i < uploads.Count; i++)
                await PinAsync(uploads[i].Digest, outcomes[i], ct);
        }

        return outcomes;
    }

    /// <inheritdoc/>
    /// <exception cref="BlobInUseException">Names point at it.</exception>
    public async Task<bool> RemoveAsync(Digest digest, CancellationToken ct)
    {
        using var locked = await _locks.AcquireAsync([digest], ct);
        if (index.OpenIfThere() is { } names)
        {
            if (await names.NamesOfAsync(digest, ShownNames, ct) is { Total: > 0 } used)
                throw new BlobInUseException(digest, used);
            var removed = await inner.RemoveAsync(digest, ct);
            if (await names.IsHeldAsync(digest, ct))
                await names.ForgetAsync(digest);
            return removed;
        }

        return await inner.RemoveAsync(digest, ct);
    }

    /// <summary>Removes a blob and every name that points at it.</summary>
    /// <returns>False if there was no such blob.</returns>
    public async Task<bool> RemoveWithNamesAsync(Digest digest, CancellationToken ct)
    {
        using var locked = await _locks.AcquireAsync([digest], ct);
        if (index.OpenIfThere() is not { } names)
            return await inner.RemoveAsync(digest, ct);
        await names.RemoveNamesOfAsync(digest);
        return await inner.RemoveAsync(digest, ct);
    }

    /// <summary>Stores uploads of this store, and points names at them, all or none.</summary>
    /// <param name="uploads">The uploads, which the caller disposes.</param>
    /// <param name="ct">Cancels it before anything is stored.</param>
    /// <returns>The outcome.</returns>
    public async Task<NamingOutcome> CommitAsync(IReadOnlyList<NamedUpload> uploads, CancellationToken ct)
    {
        var names = index.OpenOrCreate(); // before anything is stored, as it may fail
        using var locked = await _locks.AcquireAsync(uploads.Select(upload => upload.Blob.Digest), ct);
        var outcomes = await inner.CommitAllAsync([.. uploads.Select(upload => InnerOf(upload.Blob))], ct);
        if (outcomes[^1] == CommitOutcome.Conflict)
            return new NamingOutcome(outcomes, null);
        var assignments = uploads.Zip(outcomes, (upload, outcome) => new NameAssignment(
            upload.Name, upload.Blob.Digest, upload.Blob.Size, upload.Type, outcome == CommitOutcome.Created, upload.MayReplace));
        return new NamingOutcome(outcomes, await names.SetAsync([.. assignments]));
    }

    /// <summary>Points a name at a blob that is stored.</summary>
    /// <param name="name">The name.</param>
    /// <param name="digest">The blob.</param>
    /// <param name="type">The media type of the name.</param>
    /// <param name="mayReplace">See <see cref="NameAssignment.MayReplace"/>.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>What became of the name; null if the blob is not stored.</returns>
    public async Task<PointedName?> PointAsync(BlobName name, Digest digest, string type, Func<NamedBlob?, bool> mayReplace, CancellationToken ct)
    {
        using var locked = await _locks.AcquireAsync([digest], ct);
        long size;
        await using (var blob = await inner.OpenAsync(digest, ct))
        {
            if (blob is null)
                return null;
            size = blob.Length;
        }

        var changes = await index.OpenOrCreate().SetAsync([new NameAssignment(name, digest, size, type, IsNewBlob: false, mayReplace)]);
        return new PointedName(changes?[0]);
    }

    /// <summary>Removes held blobs that nothing has pointed at since before a moment.</summary>
    /// <param name="before">The moment.</param>
    /// <param name="ct">Ends it after the blob that is being removed.</param>
    /// <returns>How many blobs are gone now.</returns>
    public async Task<int> CollectAsync(DateTimeOffset before, CancellationToken ct)
    {
        if (index.OpenIfThere() is not { } names)
            return 0;
        int count = 0, counted;
        do
        {
            counted = count;
            foreach (var digest in await names.ReleasedAsync(before, CollectedTogether, ct))
            {
                using var locked = await _locks.AcquireAsync([digest], ct);
                if (!await names.IsHeldAsync(digest, ct) || await names.NamesOfAsync(digest, 0, ct) is not { Total: 0 })
                    continue; // it was pinned or named meanwhile; a name that goes now releases it again, so nothing is forgotten here
                await inner.RemoveAsync(digest, ct);
                await names.ForgetAsync(digest); // after the blob: a record without a blob does no harm
                count++;
            }
        }
        while (count > counted);

        return count;
    }

    private async ValueTask PinAsync(Digest digest, CommitOutcome outcome, CancellationToken ct)
    {
        if (outcome == CommitOutcome.Conflict)
            return;
        try
        {
            if (index.OpenIfThere() is { } names && await names.IsHeldAsync(digest, ct))
                await names.PinAsync(digest);
        }
        catch (IndexException) when (outcome == CommitOutcome.Created)
        {
            // No name can hold what has just come, and the store works without its index.
        }
    }

    private static IncomingBlob InnerOf(IncomingBlob upload) =>
        upload is PinnedUpload pinned ? pinned.Inner : throw new ArgumentException("the upload was received by another store", nameof(upload));

    private sealed class PinnedUpload(NamedBlobStore store, IncomingBlob inner) : IncomingBlob(inner.Digest, inner.Size)
    {
        internal IncomingBlob Inner { get; } = inner;

        public override ValueTask<OpenBlob> OpenAsync(CancellationToken ct) => Inner.OpenAsync(ct);

        public override async Task<CommitOutcome> CommitAsync(CancellationToken ct)
        {
            using var locked = await store._locks.AcquireAsync([Digest], ct);
            var outcome = await Inner.CommitAsync(ct);
            await store.PinAsync(Digest, outcome, ct);
            return outcome;
        }

        public override ValueTask DisposeAsync() => Inner.DisposeAsync();
    }
}

/// <summary>An upload and the name that it is to get.</summary>
/// <param name="Blob">The upload.</param>
/// <param name="Name">The name.</param>
/// <param name="Type">The media type of the name.</param>
/// <param name="MayReplace">See <see cref="NameAssignment.MayReplace"/>.</param>
public sealed record NamedUpload(IncomingBlob Blob, BlobName Name, string Type, Func<NamedBlob?, bool> MayReplace);

/// <summary>What became of uploads with names.</summary>
/// <param name="Blobs">The outcome for each blob; see <see cref="IBlobWriter.CommitAllAsync"/>.</param>
/// <param name="Names">What became of each name; null if no name was set.</param>
public sealed record NamingOutcome(IReadOnlyList<CommitOutcome> Blobs, IReadOnlyList<NameChange>? Names);

/// <summary>A name that was to be pointed at a blob.</summary>
/// <param name="Change">What became of it; null if it may not be set.</param>
public sealed record PointedName(NameChange? Change);

/// <summary>A blob is not removed, because names point at it.</summary>
/// <param name="digest">The blob.</param>
/// <param name="names">The names.</param>
public sealed class BlobInUseException(Digest digest, NamesOfBlob names) : Exception($"{names.Total} names point at {digest}")
{
    /// <summary>The first names, and how many there are.</summary>
    public NamesOfBlob Names { get; } = names;
}

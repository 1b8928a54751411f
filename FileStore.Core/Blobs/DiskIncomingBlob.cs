using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>An upload in the folder of incoming files: written and hashed as it comes, then renamed into its shard.</summary>
internal sealed class DiskIncomingBlob : IncomingBlob
{
    private readonly DiskStoreContext _context;
    private readonly string _path;
    private SafeFileHandle? _file;
    private bool _holdsOpenSlot;
    private bool _flushed;
    private bool _renamed;

    private DiskIncomingBlob(DiskStoreContext context, string path, SafeFileHandle file, Digest digest, long size) : base(digest, size)
    {
        _context = context;
        _path = path;
        _file = file;
    }

    internal static async Task<DiskIncomingBlob> ReceiveAsync(DiskStoreContext context, Stream content, CancellationToken ct)
    {
        var file = context.CreateUnfinished(out var path);
        try
        {
            using var writer = new HashingWriter(context, file, path);
            await writer.CopyFromAsync(content, ct);
            var blob = new DiskIncomingBlob(context, path, file, writer.Digest(), writer.Size);
            if (!context.Durable)
                blob.Close();
            else if (!context.OpenUploads.Wait(TimeSpan.Zero, CancellationToken.None))
                await context.RunBlockingAsync(blob.FlushAndClose);
            else
                blob._holdsOpenSlot = true;
            return blob;
        }
        catch
        {
            file.Dispose();
            context.DeleteUnfinished(path);
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<OpenBlob> OpenAsync(CancellationToken ct) => ValueTask.FromResult<OpenBlob>(IoErrors.Translate(
        () => DiskOpenBlob.TryOpen(_path, Digest, _context.Readers) ?? throw Posix.Failure("open", _path, Posix.Enoent), BlobStoreException.From));

    /// <inheritdoc/>
    public override Task<CommitOutcome> CommitAsync(CancellationToken ct) =>
        _context.RunBlockingAsync(() => Commit(null));

    public override ValueTask DisposeAsync()
    {
        Close();
        if (!_renamed)
            _context.DeleteUnfinished(_path);
        return ValueTask.CompletedTask;
    }

    /// <summary>Does what can fail and what shows to nobody: the rest of the commit is renaming.</summary>
    /// <returns>False if other bytes with this digest are stored.</returns>
    internal bool Prepare()
    {
        using (var stored = DiskStoredCopy.TryOpen(_context.Layout.PathOf(Digest), Digest, _context.Readers))
        {
            if (stored?.HasSameBytesAs(_path) == true)
                return true;
            if (stored?.HashMatches() == true)
                return false;
        }

        FlushOwnBytes();
        return true;
    }

    /// <summary>Makes the bytes a blob.</summary>
    /// <param name="group">The commit that may take it back, until it is over; null if there is none.</param>
    internal CommitOutcome Commit(DiskCommit? group)
    {
        var final = _context.Layout.PathOf(Digest);
        var shard = _context.ShardOf(Digest);
        while (true)
        {
            using (var stored = DiskStoredCopy.TryOpen(final, Digest, _context.Readers))
            {
                if (stored is not null)
                {
                    var generation = shard.Generation;
                    if (stored.HasSameBytesAs(_path) && (!_context.Durable || stored.TryFlush()))
                    {
                        if (!shard.TryClaim(final, group))
                            continue; // it is gone since
                        group?.Add(shard, final);
                        if (_context.Durable)
                            shard.Flush(generation);
                        _context.Metrics.AddDeduplicated();
                        return CommitOutcome.AlreadyStored;
                    }

                    if (stored.HashMatches())
                        return CommitOutcome.Conflict;
                    return Replace(shard, final);
                }
            }

            FlushOwnBytes();
            if (shard.TryAdd(_path, final, group, out var added))
            {
                group?.Add(shard, final);
                Renamed(shard, added);
                _context.Metrics.AddStored();
                return CommitOutcome.Created;
            }

            // Somebody else was first; or a link or a FIFO has taken the name, which is damage too.
            if (Posix.LStat(final) is { IsRegularFile: false })
                return Replace(shard, final);
        }
    }

    private CommitOutcome Replace(Shard shard, string final)
    {
        FlushOwnBytes();
        shard.Replace(_path, final, out var generation);
        _context.Log.Warning("the file of blob {Digest} was damaged; an upload of its bytes has replaced it", Digest);
        Renamed(shard, generation);
        _context.Metrics.AddRepaired();
        return CommitOutcome.Created;
    }

    private void Renamed(Shard shard, long generation)
    {
        _renamed = true;
        _context.SetFinished(_path);
        if (_context.Durable)
            shard.Flush(generation);
    }

    /// <summary>
    /// By the descriptor that the bytes were written with: the kernel may tell no other one that it could not write them
    /// (fsync(2), errseq_t). A form may have a thousand files, so those that cannot be kept open are flushed as they have come.
    /// </summary>
    private void FlushOwnBytes()
    {
        if (_flushed || !_context.Durable)
            return;
        Posix.Sync(_file!, _path);
        _flushed = true;
        Close();
    }

    private bool FlushAndClose()
    {
        FlushOwnBytes();
        return true;
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref _file, null) is not { } file)
            return;
        file.Dispose();
        if (_holdsOpenSlot)
            _context.OpenUploads.Release();
    }
}

using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;

namespace FileStore.Core.Blobs;

/// <summary>An upload in the incoming directory: written and hashed as it arrives, then renamed into its shard.</summary>
internal sealed class DiskIncomingBlob : IncomingBlob
{
    private readonly DiskStoreContext _context;
    private readonly string _path;
    private SafeFileHandle? _file;
    private bool _holdsOpenSlot;
    private bool _isFlushed;
    private bool _isRenamed;

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
            var blob = new DiskIncomingBlob(context, path, file, writer.GetDigest(), writer.Size);
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
        if (!_isRenamed)
            _context.DeleteUnfinished(_path);
        return ValueTask.CompletedTask;
    }

    /// <summary>The first phase of a commit: everything that can fail and is not visible yet. Only renames remain.</summary>
    /// <returns>False if other content with this digest is stored.</returns>
    internal bool Prepare()
    {
        using (var stored = DiskStoredCopy.TryOpen(_context.Layout.PathOf(Digest), Digest, _context.Readers))
        {
            if (stored?.HasSameBytesAs(_path) == true)
                return true;
            if (stored?.HashMatches() == true)
                return false;
        }

        Flush();
        return true;
    }

    /// <summary>Makes the upload a blob.</summary>
    /// <param name="group">The group commit that may roll it back; null for a single upload.</param>
    internal CommitOutcome Commit(DiskCommit? group)
    {
        var target = _context.Layout.PathOf(Digest);
        var shard = _context.ShardOf(Digest);
        while (true)
        {
            using (var stored = DiskStoredCopy.TryOpen(target, Digest, _context.Readers))
            {
                if (stored is not null)
                {
                    var generation = shard.Generation;
                    if (stored.HasSameBytesAs(_path) && (!_context.Durable || stored.TryFlush()))
                    {
                        if (!shard.TryClaim(target, group))
                            continue; // removed in the meantime
                        group?.AddClaim(shard, target);
                        if (_context.Durable)
                            shard.Flush(generation);
                        _context.Metrics.AddDeduplicated();
                        return CommitOutcome.AlreadyStored;
                    }

                    if (stored.HashMatches())
                        return CommitOutcome.Conflict;
                    return Replace(shard, target);
                }
            }

            Flush();
            if (shard.TryAdd(_path, target, group, out var added))
            {
                group?.AddClaim(shard, target);
                OnRenamed(shard, added);
                _context.Metrics.AddStored();
                return CommitOutcome.Created;
            }

            // Another upload was first; or a link or a FIFO has the name, which counts as damage.
            if (Posix.LStat(target) is { IsRegularFile: false })
                return Replace(shard, target);
        }
    }

    private CommitOutcome Replace(Shard shard, string target)
    {
        Flush();
        shard.Replace(_path, target, out var generation);
        _context.Log.Warning("the file of blob {Digest} was damaged; an upload of its bytes has replaced it", Digest);
        OnRenamed(shard, generation);
        _context.Metrics.AddRepaired();
        return CommitOutcome.Created;
    }

    private void OnRenamed(Shard shard, long generation)
    {
        _isRenamed = true;
        _context.SetFinished(_path);
        if (_context.Durable)
            shard.Flush(generation);
    }

    /// <summary>
    /// Flushes the descriptor that the bytes were written with: only that one is sure to report a write error (fsync(2),
    /// errseq_t). A form may have a thousand files, so files beyond the limit of open ones are flushed on arrival.
    /// </summary>
    private void Flush()
    {
        if (_isFlushed || !_context.Durable)
            return;
        Posix.Sync(_file!, _path);
        _isFlushed = true;
        Close();
    }

    private bool FlushAndClose()
    {
        Flush();
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

namespace FileStore.Core.Blobs;

/// <summary>
/// Commits the files of a form, all or none. All are verified and flushed before the first rename, so that little can fail
/// between two renames. Until the commit ends, the shards treat its files as tentative. Another commit that finds a
/// tentative file claims it too; the file is removed only if every commit that claims it fails.
/// </summary>
internal sealed class DiskCommit(DiskStoreContext context, IReadOnlyList<DiskIncomingBlob> uploads)
{
    private readonly List<(Shard Shard, string Path)> _claims = [];

    /// <summary>To be called once.</summary>
    /// <exception cref="BlobStoreException">The file system failed. What this commit has added was removed.</exception>
    internal async Task<IReadOnlyList<CommitOutcome>> RunAsync(CancellationToken ct)
    {
        for (var i = 0; i < uploads.Count && uploads.Count > 1; i++)
        {
            ct.ThrowIfCancellationRequested();
            if (!await context.RunBlockingAsync(uploads[i].Prepare))
                return [.. Enumerable.Repeat(CommitOutcome.AlreadyStored, i), CommitOutcome.Conflict];
        }

        var succeeded = false;
        try
        {
            var outcomes = new List<CommitOutcome>();
            foreach (var upload in uploads)
            {
                outcomes.Add(await context.RunBlockingAsync(() => upload.Commit(this)));
                if (outcomes[^1] == CommitOutcome.Conflict)
                    return outcomes;
            }

            succeeded = true;
            return outcomes;
        }
        finally
        {
            if (!succeeded)
                await context.RunBlockingAsync(RollBack);
            else
                _claims.ForEach(file => file.Shard.Confirm(file.Path, this));
        }
    }

    /// <summary>Records that this commit depends on a file. Called by one thread at a time.</summary>
    internal void AddClaim(Shard shard, string path) => _claims.Add((shard, path));

    private bool RollBack()
    {
        foreach (var (shard, path) in _claims)
        {
            try
            {
                if (!shard.Release(path, this, out var directoryRemoved))
                    continue;
                context.Metrics.AddRemoved();
                if (context.Durable)
                    shard.FlushRemoval(directoryRemoved);
            }
            catch (Exception e) when (BlobStoreException.From(e) is not null)
            {
                context.Log.Warning("{Path:l} belongs to a form that was not stored, but could not be removed: {Reason:l}", path, e.Message);
            }
        }

        return true;
    }
}

namespace FileStore.Core.Blobs;

/// <summary>
/// Makes the files of a form blobs, or none of them. All are compared and flushed before the first is renamed, so that
/// little can fail between two renames. Until this is over, each shard knows which of its files are here on approval;
/// commits that find such a file claim it too, and it goes again only if none of them ends well.
/// </summary>
internal sealed class DiskCommit(DiskStoreContext context, IReadOnlyList<DiskIncomingBlob> uploads)
{
    private readonly List<(Shard Shard, string Path)> _claimed = [];

    /// <summary>To be called once.</summary>
    /// <exception cref="BlobStoreException">The disk failed; nothing of ours stays.</exception>
    internal async Task<IReadOnlyList<CommitOutcome>> RunAsync(CancellationToken ct)
    {
        for (var i = 0; i < uploads.Count && uploads.Count > 1; i++)
        {
            ct.ThrowIfCancellationRequested();
            if (!await context.RunBlockingAsync(uploads[i].Prepare))
                return [.. Enumerable.Repeat(CommitOutcome.AlreadyStored, i), CommitOutcome.Conflict];
        }

        var isDone = false;
        try
        {
            var outcomes = new List<CommitOutcome>();
            foreach (var upload in uploads)
            {
                outcomes.Add(await context.RunBlockingAsync(() => upload.Commit(this)));
                if (outcomes[^1] == CommitOutcome.Conflict)
                    return outcomes;
            }

            isDone = true;
            return outcomes;
        }
        finally
        {
            if (!isDone)
                await context.RunBlockingAsync(TakeBack);
            else
                _claimed.ForEach(file => file.Shard.Keep(file.Path, this));
        }
    }

    /// <summary>This commit counts on a file. Called by one thread at a time.</summary>
    internal void Add(Shard shard, string path) => _claimed.Add((shard, path));

    private bool TakeBack()
    {
        foreach (var (shard, path) in _claimed)
        {
            try
            {
                if (!shard.LetGo(path, this, out var folderRemoved))
                    continue;
                context.Metrics.AddRemoved();
                if (context.Durable)
                    shard.FlushRemoval(folderRemoved);
            }
            catch (Exception e) when (BlobStoreException.From(e) is not null)
            {
                context.Log.Warning("{Path:l} came with a form that could not be stored whole, and its removal failed: {Reason:l}", path, e.Message);
            }
        }

        return true;
    }
}

using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Blobs;

/// <summary>Options of a store on disk.</summary>
/// <param name="Root">The store's directory. It is created if it does not exist.</param>
/// <param name="HashKind">The hash that names blobs. An existing store must have been created with the same one.</param>
/// <param name="Durable">
/// Whether acknowledged changes survive a power failure (fsync). They survive a crash of the process in any case.
/// </param>
/// <param name="BufferSize">The size of an I/O buffer in bytes.</param>
public sealed record DiskStoreOptions(string Root, HashKind HashKind, bool Durable = true, int BufferSize = 128 << 10);

/// <summary>A store of plain files, one per blob, in the directories that <see cref="BlobLayout"/> describes.</summary>
public sealed class DiskBlobStore : IBlobStore, IDisposable
{
    /// <summary>The most file descriptors that the store holds, not counting blobs that callers have opened.</summary>
    public const int MaxOwnFiles = 2 * DiskStoreContext.MaxWriters;

    private readonly FileLock _lock;
    private readonly BlockingThreadPool _probes = new(1); // so that health checks do not queue behind uploads

    private DiskBlobStore(DiskStoreContext context, FileLock storeLock) => (Context, _lock) = (context, storeLock);

    /// <summary>
    /// Opens a store, or creates it, and deletes unfinished uploads of an earlier process. The caller disposes it, which
    /// releases its lock.
    /// </summary>
    /// <exception cref="StoreOpenException">The directory cannot be used; the message says why.</exception>
    public static DiskBlobStore Open(DiskStoreOptions options, ILogger log)
    {
        var layout = new BlobLayout(options.Root, options.HashKind);
        var storeLock = StoreFormat.Open(layout);
        try
        {
            StoreFormat.RequireWritable(layout);
            var removed = DeleteUnfinished(layout);
            if (removed > 0)
                log.Information("removed {Count} unfinished uploads that an earlier process left", removed);
            return new DiskBlobStore(new DiskStoreContext(options, layout, log), storeLock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            storeLock.Dispose();
            throw new StoreOpenException($"the store '{layout.Root}' is not writable: {e.Message}", e);
        }
    }

    /// <summary>Checks, without changing anything, whether <see cref="Open"/> would accept the directory and the hash.</summary>
    /// <returns>What is wrong, for people; null if nothing is.</returns>
    /// <exception cref="StoreOpenException">The store's marker is damaged.</exception>
    /// <exception cref="IOException">The store cannot be examined.</exception>
    public static string? Validate(DiskStoreOptions options) => StoreFormat.ValidateKind(new BlobLayout(options.Root, options.HashKind));

    /// <summary>Whether <see cref="Open"/> would create the store because there is none yet. Changes nothing.</summary>
    /// <exception cref="IOException">The directory cannot be examined.</exception>
    public static bool IsNew(DiskStoreOptions options) => StoreFormat.IsNew(new BlobLayout(options.Root, options.HashKind));

    /// <summary>What the store's classes share.</summary>
    internal DiskStoreContext Context { get; }

    /// <summary>A directory on the store's file system for temporary files. Files left there are deleted at the next start.</summary>
    public string Scratch => Context.Layout.Incoming;

    /// <summary>Counters since the store was opened.</summary>
    public BlobMetrics Metrics => Context.Metrics;

    /// <inheritdoc/>
    public HashKind HashKind => Context.HashKind;

    /// <inheritdoc/>
    public ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct) => ValueTask.FromResult<OpenBlob?>(IoErrors.Translate(() =>
    {
        var blob = DiskOpenBlob.TryOpen(Context.Layout.PathOf(digest), digest, Context.Readers);
        if (blob is null)
            Context.Layout.RequireStore();
        return blob;
    }, BlobStoreException.From));

    /// <inheritdoc/>
    public string LocationOf(Digest digest) => Path.GetFullPath(Context.Layout.PathOf(digest));

    /// <inheritdoc/>
    public async Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct)
    {
        if (length > HashingWriter.MaxInlineBytes && length > IoErrors.Translate(AvailableBytes, BlobStoreException.From))
            throw new BlobStoreException(DiskFault.NoSpace, $"no room for {length} bytes in '{Context.Layout.Root}'");
        return await DiskIncomingBlob.ReceiveAsync(Context, content, ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct) =>
        new DiskCommit(Context, [.. uploads.Cast<DiskIncomingBlob>()]).RunAsync(ct);

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(Digest digest, CancellationToken ct) => Context.RunBlockingAsync(() =>
    {
        var shard = Context.ShardOf(digest);
        if (!shard.TryRemove(Context.Layout.PathOf(digest), out var directoryRemoved))
        {
            Context.Layout.RequireStore();
            return false;
        }

        if (Context.Durable)
            shard.FlushRemoval(directoryRemoved);
        Context.Metrics.AddRemoved();
        return true;
    });

    /// <inheritdoc/>
    public Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct) =>
        Context.RunBlockingAsync(() => DiskListing.Page(Context.Layout, after, limit, ct));

    /// <inheritdoc/>
    public Task CheckWritableAsync(CancellationToken ct) => _probes.RunAsync(() => IoErrors.Translate(() =>
    {
        StoreFormat.WriteProbe(Context.Layout);
        return true;
    }, BlobStoreException.From), ct);

    /// <summary>Closes the store. Uploads that are not committed are deleted.</summary>
    public void Dispose()
    {
        Context.Dispose();
        _probes.Dispose();
        _lock.Dispose();
    }

    /// <summary>Deletes what a crash left of uploads. The store's lock is held, so nobody is writing these files.</summary>
    /// <returns>How many files were deleted.</returns>
    private static int DeleteUnfinished(BlobLayout layout)
    {
        var paths = Posix.Uninterrupted(() => Directory.GetFiles(layout.Incoming));
        Array.ForEach(paths, File.Delete);
        return paths.Length;
    }

    private long AvailableBytes() => Posix.Uninterrupted(() => new DriveInfo(Context.Layout.Root).AvailableFreeSpace);
}

using System.Collections.Concurrent;
using FileStore.Core.Primitives;
using Serilog;

namespace FileStore.Core.Blobs;

/// <summary>What a store on disk is opened with.</summary>
/// <param name="Root">The store's folder; made if it is not there.</param>
/// <param name="HashKind">The hash that names blobs; it must be the one the store was made with.</param>
/// <param name="Durable">Whether what is acknowledged has to survive a loss of power, not only of the process.</param>
/// <param name="BufferSize">Bytes read and written at once.</param>
public sealed record DiskStoreOptions(string Root, HashKind HashKind, bool Durable = true, int BufferSize = 128 << 10);

/// <summary>Blobs as plain files, one each, in the folders that <see cref="BlobLayout"/> describes.</summary>
public sealed class DiskBlobStore : IBlobStore, IDisposable
{
    // Flushes that wait at the same time share one commit of the file system's journal, so many are good.
    private const int MaxWriters = 64;

    // Of their own, so that nobody who reads waits for those who flush.
    private const int MaxReaders = 16;

    /// <summary>Files that the store may have open besides those it was asked for.</summary>
    public const int OwnFiles = 2 * MaxWriters;

    private readonly BlobLayout _layout;
    private readonly DiskStoreOptions _options;
    private readonly ILogger _log;
    private readonly FileLock _lock;
    private readonly Shard[] _shards;
    private readonly BlockingThreads _writers = new(MaxWriters);
    private readonly BlockingThreads _readers = new(MaxReaders);
    private readonly BlockingThreads _trials = new(1); // or monitoring would wait behind those who write

    private DiskBlobStore(BlobLayout layout, DiskStoreOptions options, ILogger log, FileLock storeLock)
    {
        _layout = layout;
        _options = options;
        _log = log;
        _lock = storeLock;
        _shards = [.. Enumerable.Range(0, 256).Select(i => new Shard(layout.Root, layout.ShardFolder(i.ToString("x2"))))];
    }

    /// <summary>Opens a store, or makes it, and removes what a crash left. The caller disposes it, which frees its lock.</summary>
    /// <exception cref="StoreOpenException">The folder cannot be used as asked, and why.</exception>
    public static DiskBlobStore Open(DiskStoreOptions options, ILogger log)
    {
        var layout = new BlobLayout(options.Root, options.HashKind);
        var storeLock = StoreFormat.Open(layout);
        try
        {
            StoreFormat.RequireWritable(layout);
            var removed = StoreSweep.Run(layout);
            if (removed > 0)
                log.Information("removed {Count} unfinished uploads that an earlier process left", removed);
            return new DiskBlobStore(layout, options, log, storeLock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            storeLock.Dispose();
            throw new StoreOpenException($"the store '{layout.Root}' is not writable: {e.Message}", e);
        }
    }

    /// <summary>Why <see cref="Open"/> would refuse the store's hash, as far as a look can tell; null if it would not.</summary>
    /// <exception cref="StoreOpenException">The store's marker is damaged.</exception>
    /// <exception cref="IOException">The store cannot be looked at.</exception>
    public static string? Validate(DiskStoreOptions options) => StoreFormat.ValidateKind(new BlobLayout(options.Root, options.HashKind));

    /// <summary>Whether opening the store would make it: there is none yet. Changes nothing.</summary>
    /// <exception cref="IOException">The file system does not tell.</exception>
    public static bool IsNew(DiskStoreOptions options) => StoreFormat.IsNew(new BlobLayout(options.Root, options.HashKind));

    /// <summary>A folder on the store's file system for files that are to have no name; what is left there is removed at the next start.</summary>
    public string Scratch => _layout.Incoming;

    /// <summary>What has happened since it was opened.</summary>
    public BlobMetrics Counts { get; } = new();

    /// <inheritdoc/>
    public HashKind HashKind => _options.HashKind;

    /// <inheritdoc/>
    public ValueTask<OpenBlob?> OpenAsync(Digest digest, CancellationToken ct) =>
        ValueTask.FromResult<OpenBlob?>(TranslateIoErrors(() =>
        {
            var blob = DiskOpenBlob.TryOpen(_layout.PathOf(digest), digest, _readers);
            if (blob is null)
                _layout.RequireStore();
            return blob;
        }));

    /// <inheritdoc/>
    public string LocationOf(Digest digest) => Path.GetFullPath(_layout.PathOf(digest));

    /// <inheritdoc/>
    public async Task<IncomingBlob> ReceiveAsync(Stream content, long? length, CancellationToken ct)
    {
        if (length > HashingWriter.WrittenInline && length > TranslateIoErrors(() => Posix.Uninterrupted(() => new DriveInfo(_layout.Root).AvailableFreeSpace)))
            throw new BlobStoreException(BlobStoreFault.NoSpace, $"no room for {length} bytes in '{_layout.Root}'");
        return await DiskIncomingBlob.ReceiveAsync(this, content, ct);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommitOutcome>> CommitAllAsync(IReadOnlyList<IncomingBlob> uploads, CancellationToken ct) =>
        new DiskCommit(this, [.. uploads.Cast<DiskIncomingBlob>()]).RunAsync(ct);

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(Digest digest, CancellationToken ct) => RunBlockingAsync(() =>
    {
        var shard = ShardOf(digest);
        if (!shard.TryRemove(_layout.PathOf(digest), out var folderRemoved))
        {
            _layout.RequireStore();
            return false;
        }

        if (_options.Durable)
            shard.FlushRemoval(folderRemoved);
        Counts.AddRemoved();
        return true;
    });

    /// <inheritdoc/>
    public Task<BlobPage> ListAsync(Digest? after, int limit, CancellationToken ct) =>
        RunBlockingAsync(() => DiskListing.Page(_layout, after, limit, ct));

    /// <inheritdoc/>
    public Task CheckWritableAsync(CancellationToken ct) => _trials.RunAsync(() => TranslateIoErrors(() =>
    {
        StoreFormat.TryWrite(_layout);
        return true;
    }), ct);

    /// <summary>Closes it. What is being received then is cut, and nothing is left of it.</summary>
    public void Dispose()
    {
        foreach (var path in Unfinished.Keys)
            Discard(path);
        _writers.Dispose();
        _readers.Dispose();
        _trials.Dispose();
        _lock.Dispose();
    }

    /// <summary>Files of uploads that are no blobs yet.</summary>
    internal ConcurrentDictionary<string, bool> Unfinished { get; } = new();

    internal void Discard(string unfinished)
    {
        if (Posix.UnlinkQuietly(unfinished)) // or it is tried again at the end, and at the next start
            Unfinished.TryRemove(unfinished, out _);
    }

    internal BlobLayout Layout => _layout;

    internal bool Durable => _options.Durable;

    internal int BufferSize => _options.BufferSize;

    internal ILogger Log => _log;

    /// <summary>Uploads that may take large pieces at a time: what they hold in memory is bounded, however many there are and however slow.</summary>
    internal SemaphoreSlim LargePieces { get; } = new(8);

    /// <summary>Files that have come whole and stay open until they are flushed.</summary>
    internal SemaphoreSlim KeptOpen { get; } = new(MaxWriters);

    internal Shard ShardOf(Digest digest) => _shards[Convert.ToInt32(BlobLayout.ShardOf(digest), 16)];

    /// <summary>A new file for bytes that come, not writable by others once it is a blob.</summary>
    internal static Microsoft.Win32.SafeHandles.SafeFileHandle Create(string path) =>
        Posix.TryOpen(path, Posix.OReadWrite | Posix.OCreate | Posix.OExclusive, out var errno, mode: 0x124)
            ?? throw Posix.Failure("create", path, errno);

    internal BlockingThreads Readers => _readers;

    /// <summary>The same on a thread that may wait.</summary>
    internal Task<T> RunBlockingAsync<T>(Func<T> work) => _writers.RunAsync(() => TranslateIoErrors(work));

    /// <summary>Runs what touches the disk, and names its failures as the store's.</summary>
    internal static T TranslateIoErrors<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (BlobStoreException.From(e) is not null)
        {
            throw BlobStoreException.From(e)!;
        }
    }
}

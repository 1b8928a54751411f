using System.Collections.Concurrent;
using FileStore.Core.Primitives;
using Microsoft.Win32.SafeHandles;
using Serilog;

namespace FileStore.Core.Blobs;

/// <summary>
/// What the classes of one <see cref="DiskBlobStore"/> share: the layout, threads, limits and the files of unfinished
/// uploads. Members may be called from any number of threads.
/// </summary>
internal sealed class DiskStoreContext : IDisposable
{
    /// <summary>
    /// The number of writing threads. Flushes that wait at the same time share one journal commit of the file system.
    /// </summary>
    internal const int MaxWriters = 64;

    // Separate threads, so that reads do not queue behind flushes.
    private const int MaxReaders = 16;

    // This bounds the memory of uploads, however many and however slow they are.
    private const int MaxLargeBuffers = 8;

    private readonly DiskStoreOptions _options;
    private readonly Shard[] _shards;
    private readonly BlockingThreadPool _writers = new(MaxWriters);
    private readonly ConcurrentDictionary<string, bool> _unfinished = new();

    internal DiskStoreContext(DiskStoreOptions options, BlobLayout layout, ILogger log)
    {
        (_options, Layout, Log) = (options, layout, log);
        _shards = [.. Enumerable.Range(0, 256).Select(i => new Shard(layout.Root, layout.ShardDirectory(i.ToString("x2"))))];
    }

    internal BlobLayout Layout { get; }

    internal ILogger Log { get; }

    internal HashKind HashKind => _options.HashKind;

    internal bool Durable => _options.Durable;

    /// <summary>Bytes of an I/O buffer.</summary>
    internal int BufferSize => _options.BufferSize;

    internal BlobMetrics Metrics { get; } = new();

    /// <summary>Threads for reads that wait for the disk.</summary>
    internal BlockingThreadPool Readers { get; } = new(MaxReaders);

    /// <summary>Held by an upload while it uses large buffers.</summary>
    internal SemaphoreSlim LargeBuffers { get; } = new(MaxLargeBuffers);

    /// <summary>Held for each received file that stays open until it is flushed.</summary>
    internal SemaphoreSlim OpenUploads { get; } = new(MaxWriters);

    internal int UnfinishedCount => _unfinished.Count;

    internal Shard ShardOf(Digest digest) => _shards[Convert.ToInt32(BlobLayout.ShardOf(digest), 16)];

    /// <summary>Runs work on a thread that may block.</summary>
    /// <exception cref="BlobStoreException">The file system failed.</exception>
    internal Task<T> RunBlockingAsync<T>(Func<T> work) => _writers.RunAsync(() => IoErrors.Translate(work, BlobStoreException.From));

    /// <summary>Creates the file of an upload. <see cref="DeleteUnfinished"/> or <see cref="SetFinished"/> must follow.</summary>
    /// <exception cref="BlobStoreException">It cannot be created.</exception>
    internal SafeFileHandle CreateUnfinished(out string path)
    {
        var created = path = Layout.NewIncomingPath();
        _unfinished[path] = true;
        try
        {
            return IoErrors.Translate(() => BlobLayout.CreateFile(created), BlobStoreException.From);
        }
        catch
        {
            DeleteUnfinished(path);
            throw;
        }
    }

    /// <summary>Deletes the file of an upload. If that fails, disposal and the next start try again.</summary>
    internal void DeleteUnfinished(string path)
    {
        if (Posix.UnlinkQuietly(path))
            SetFinished(path);
    }

    /// <summary>Called when the file was renamed to a blob.</summary>
    internal void SetFinished(string path) => _unfinished.TryRemove(path, out _);

    public void Dispose()
    {
        foreach (var path in _unfinished.Keys)
            DeleteUnfinished(path);
        _writers.Dispose();
        Readers.Dispose();
    }
}

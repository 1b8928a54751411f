namespace FileStore.Core.Exports;

/// <summary>
/// Archives that were packed for downloads. Concurrent requests share one archive, and it is kept for a while, since a
/// client may first ask for the length and then for one range after the other. An open archive takes disk space. Members
/// may be called from any number of threads. Disposing closes the archives that the program has stopped reading.
/// </summary>
internal sealed class PackedFiles : IDisposable
{
    /// <summary>How long an unused archive is kept.</summary>
    internal static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The most unused archives.</summary>
    internal const int MaxIdle = 16;

    /// <summary>The most bytes of unused archives.</summary>
    internal const long MaxIdleBytes = 1L << 30;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Directory, string Name, ArchiveFormat Format), Entry> _entries = [];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    internal PackedFiles(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Trim(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Returns the archive of a file, packing it unless an archive of its current state exists. The caller disposes the
    /// result.
    /// </summary>
    /// <param name="key">The file and the format.</param>
    /// <param name="tag">The file's state.</param>
    /// <param name="pack">
    /// Packs the file and says whether the archive may serve later requests. It is cancelled when no request waits for it.
    /// </param>
    /// <param name="ct">Cancels the waiting.</param>
    internal async Task<ExportedFile> GetAsync(
        (string Directory, string Name, ArchiveFormat Format) key, string tag,
        Func<CancellationToken, Task<(ExportedFile File, bool CanBeKept)>> pack, CancellationToken ct)
    {
        var entry = Acquire(key, tag, pack);
        try
        {
            var (file, _) = await entry.Packing.WaitAsync(ct);
            return new ExportedFile(file, () => Release(key, entry));
        }
        catch
        {
            Release(key, entry);
            throw;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            foreach (var (key, _) in Idle())
                Evict(key);
        }
    }

    private Entry Acquire(
        (string, string, ArchiveFormat) key, string tag, Func<CancellationToken, Task<(ExportedFile, bool)>> pack)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry) && (entry.Tag != tag || entry.Packing.IsFaulted || entry.Packing.IsCanceled))
            {
                Evict(key);
                entry = null;
            }

            entry ??= _entries[key] = new Entry(tag, pack);
            entry.Users++;
            return entry;
        }
    }

    private void Release((string, string, ArchiveFormat) key, Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users > 0)
                return;
            entry.IdleSince = _time.GetTimestamp();
            if (_entries.GetValueOrDefault(key) != entry)
                entry.Close();
            else if (!entry.CanBeKept)
                Evict(key);
            else
                _timer.Change(IdleTimeout + TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan); // certainly expired by then
        }

        Trim();
    }

    private void Trim()
    {
        lock (_lock)
        {
            var idle = Idle();
            var bytes = idle.Sum(kept => kept.Entry.Length);
            for (var i = 0; i < idle.Count; i++)
            {
                var (key, entry) = idle[i];
                if (idle.Count - i <= MaxIdle && bytes <= MaxIdleBytes && _time.GetElapsedTime(entry.IdleSince) < IdleTimeout)
                    return;
                bytes -= entry.Length;
                Evict(key);
            }
        }
    }

    /// <summary>The unused archives, the longest unused first.</summary>
    private List<((string, string, ArchiveFormat) Key, Entry Entry)> Idle() =>
        [.. _entries.Where(pair => pair.Value.Users == 0).Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Value.IdleSince)];

    /// <summary>Stops handing out an archive. Current readers keep it to the end.</summary>
    private void Evict((string, string, ArchiveFormat) key)
    {
        if (_entries.Remove(key, out var entry) && entry.Users == 0)
            entry.Close();
    }

    private sealed class Entry
    {
        private readonly CancellationTokenSource _cancellation = new();

        internal Entry(string tag, Func<CancellationToken, Task<(ExportedFile, bool)>> pack) => (Tag, Packing) = (tag, pack(_cancellation.Token));

        internal string Tag { get; }

        internal Task<(ExportedFile File, bool CanBeKept)> Packing { get; }

        /// <summary>How many requests wait for the archive or read it.</summary>
        internal int Users { get; set; }

        internal long IdleSince { get; set; }

        internal bool CanBeKept => Packing.IsCompletedSuccessfully && Packing.Result.CanBeKept;

        internal long Length => Packing.Result.File.Length;

        /// <summary>Cancels the packing and closes its result.</summary>
        internal void Close()
        {
            _cancellation.Cancel();
            Packing.ContinueWith(packed => packed.Result.File.DisposeAsync().AsTask(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}

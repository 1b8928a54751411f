namespace FileStore.Core.Exports;

/// <summary>
/// What was packed for downloads: one file for all who fetch the same, and for a while after them, since a client may first ask how
/// long it is, and then for one range after the other. Each keeps room on the disk for as long as it is open. Members may be called
/// from any number of threads; disposing closes what nobody fetches.
/// </summary>
internal sealed class PackedFiles : IDisposable
{
    /// <summary>How long a file stays that nobody fetches.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>How many of those there are at most.</summary>
    internal const int MaxIdle = 16;

    /// <summary>How many bytes they have at most.</summary>
    internal const long MaxIdleBytes = 1L << 30;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Directory, string Name, ArchiveFormat Format), Entry> _entries = [];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    internal PackedFiles(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Trim(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Packs a file, unless that has been done and the file has not changed since. The result is the caller's to dispose.</summary>
    /// <param name="key">Which file, and how it is packed.</param>
    /// <param name="tag">The state that it is in.</param>
    /// <param name="pack">Packs it, and says whether the result may serve others later. It is cancelled when nobody waits any more.</param>
    /// <param name="ct">Cancels the waiting.</param>
    internal async Task<ExportedFile> GetAsync(
        (string Directory, string Name, ArchiveFormat Format) key, string tag,
        Func<CancellationToken, Task<(ExportedFile File, bool CanBeKept)>> pack, CancellationToken ct)
    {
        var entry = Enter(key, tag, pack);
        try
        {
            var (file, _) = await entry.Packing.WaitAsync(ct);
            return new ExportedFile(file, () => Leave(key, entry));
        }
        catch
        {
            Leave(key, entry);
            throw;
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (var (key, _) in Idle())
                Drop(key);
        }
    }

    private Entry Enter(
        (string, string, ArchiveFormat) key, string tag, Func<CancellationToken, Task<(ExportedFile, bool)>> pack)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var entry) && (entry.Tag != tag || entry.Packing.IsFaulted || entry.Packing.IsCanceled))
            {
                Drop(key);
                entry = null;
            }

            entry ??= _entries[key] = new Entry(tag, pack);
            entry.Users++;
            return entry;
        }
    }

    private void Leave((string, string, ArchiveFormat) key, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users > 0)
                return;
            entry.IdleSince = _time.GetTimestamp();
            if (_entries.GetValueOrDefault(key) != entry)
                entry.End();
            else if (!entry.CanBeKept)
                Drop(key);
            else
                _timer.Change(Kept + TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan); // surely over then
        }

        Trim();
    }

    private void Trim()
    {
        lock (_gate)
        {
            var idle = Idle();
            var bytes = idle.Sum(kept => kept.Entry.Length);
            for (var i = 0; i < idle.Count; i++)
            {
                var (key, entry) = idle[i];
                if (idle.Count - i <= MaxIdle && bytes <= MaxIdleBytes && _time.GetElapsedTime(entry.IdleSince) < Kept)
                    return;
                bytes -= entry.Length;
                Drop(key);
            }
        }
    }

    /// <summary>What nobody fetches, the longest unused first.</summary>
    private List<((string, string, ArchiveFormat) Key, Entry Entry)> Idle() =>
        [.. _entries.Where(pair => pair.Value.Users == 0).Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Value.IdleSince)];

    /// <summary>Gives it to nobody any more; who fetches it has it to the end.</summary>
    private void Drop((string, string, ArchiveFormat) key)
    {
        if (_entries.Remove(key, out var entry) && entry.Users == 0)
            entry.End();
    }

    private sealed class Entry
    {
        private readonly CancellationTokenSource _over = new();

        internal Entry(string tag, Func<CancellationToken, Task<(ExportedFile, bool)>> pack) => (Tag, Packing) = (tag, pack(_over.Token));

        internal string Tag { get; }

        internal Task<(ExportedFile File, bool CanBeKept)> Packing { get; }

        /// <summary>Those who wait for it or fetch it.</summary>
        internal int Users { get; set; }

        internal long IdleSince { get; set; }

        internal bool CanBeKept => Packing.IsCompletedSuccessfully && Packing.Result.CanBeKept;

        internal long Length => Packing.Result.File.Length;

        /// <summary>Cancels the packing, and closes what has come of it.</summary>
        internal void End()
        {
            _over.Cancel();
            Packing.ContinueWith(packed => packed.Result.File.DisposeAsync().AsTask(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}

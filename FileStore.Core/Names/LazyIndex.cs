using FileStore.Core.Index;
using FileStore.Core.Index.Sqlite;
using FileStore.Core.Primitives;

namespace FileStore.Core.Names;

/// <summary>
/// The index of a store, which is made for the first name. Members may be called from any number of threads. Disposing it
/// closes the index.
/// </summary>
/// <param name="path">The file of the index, absolute.</param>
/// <param name="open">Opens the file, and makes it if it is not there.</param>
public sealed class LazyIndex(string path, Func<string, INameIndex> open) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly bool _wasThere = File.Exists(path);
    private volatile INameIndex? _index;

    /// <summary>An index in SQLite.</summary>
    /// <param name="path">The file, absolute; it need not exist.</param>
    /// <param name="kind">The hash that names the blobs of its store.</param>
    /// <param name="isDurable">Whether a change is on disk when its task ends.</param>
    /// <param name="time">The clock.</param>
    public static LazyIndex OfSqlite(string path, HashKind kind, bool isDurable, TimeProvider time) =>
        new(path, file => SqliteNameIndex.Open(file, kind, isDurable, time));

    /// <summary>The index; null as long as there has never been a name.</summary>
    /// <exception cref="IndexException">There is a file, and it cannot be opened.</exception>
    public INameIndex? OpenIfThere() => _index ?? (_wasThere ? OpenOrCreate() : null);

    /// <summary>The index, which is made if it is not there.</summary>
    /// <exception cref="IndexException">It cannot be opened or made.</exception>
    public INameIndex OpenOrCreate()
    {
        if (_index is { } opened)
            return opened;
        lock (_lock)
            return _index ??= open(path);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _index?.DisposeAsync() ?? ValueTask.CompletedTask;
}

using System.Collections;
using System.Collections.Concurrent;

namespace FileStore.Daemon.Http.Engines;

/// <summary>
/// The connections of an engine. Sockets close without notice, so closed ones are searched for: by the engine once a
/// second, and whenever the limit is reached.
/// </summary>
internal sealed class OpenConnections<T>(Func<T, bool> isClosed, Func<int> limit, TimeProvider time) : IEnumerable<T>
    where T : notnull
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<T, bool> _connections = new();
    private long _lastPrune;

    internal void Add(T connection) => _connections[connection] = true;

    internal bool IsFull()
    {
        var max = limit();
        if (_connections.Count < max)
            return false;
        var now = time.GetTimestamp();
        if (_lastPrune != 0 && time.GetElapsedTime(_lastPrune, now) <= PruneInterval)
            return true;
        _lastPrune = now;
        Prune();
        return _connections.Count >= max;
    }

    internal void Prune()
    {
        foreach (var (connection, _) in _connections)
        {
            if (isClosed(connection))
                _connections.TryRemove(connection, out _);
        }
    }

    public IEnumerator<T> GetEnumerator() => _connections.Select(pair => pair.Key).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

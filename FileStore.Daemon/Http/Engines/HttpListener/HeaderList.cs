namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>The fields of a head, whose names differ by more than case. A table would take longer to make than a dozen of them take to look through.</summary>
internal sealed class HeaderList
{
    private readonly List<(string Name, string Value)> _headers = new(16);

    /// <summary>The value of a field; null if there is none.</summary>
    internal string? Find(string name) => IndexOf(name) is var i and >= 0 ? _headers[i].Value : null;

    /// <summary>Adds a field, or replaces the one of its name.</summary>
    internal void Set(string name, string value)
    {
        if (IndexOf(name) is var i and >= 0)
            _headers[i] = (name, value);
        else
            _headers.Add((name, value));
    }

    /// <summary>Adds a field; false if there is one of its name, which stays as it is.</summary>
    internal bool TryAdd(string name, string value)
    {
        if (IndexOf(name) >= 0)
            return false;
        _headers.Add((name, value));
        return true;
    }

    /// <summary>Forgets them all.</summary>
    internal void Clear() => _headers.Clear();

    /// <summary>Lists them in the order in which they were added.</summary>
    public List<(string Name, string Value)>.Enumerator GetEnumerator() => _headers.GetEnumerator();

    private int IndexOf(string name)
    {
        for (var i = 0; i < _headers.Count; i++)
        {
            if (_headers[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }
}

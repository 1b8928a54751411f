namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// The headers of a head. Names are compared case-insensitively. For a dozen headers, a linear search is cheaper than a
/// hash table.
/// </summary>
internal sealed class HeaderList
{
    private readonly List<(string Name, string Value)> _headers = new(16);

    /// <summary>The value of a header; null if it is missing.</summary>
    internal string? Find(string name) => IndexOf(name) is var i and >= 0 ? _headers[i].Value : null;

    /// <summary>Adds a header, or replaces one of the same name.</summary>
    internal void Set(string name, string value)
    {
        if (IndexOf(name) is var i and >= 0)
            _headers[i] = (name, value);
        else
            _headers.Add((name, value));
    }

    /// <summary>Adds a header. False if there is one of the same name, which is kept.</summary>
    internal bool TryAdd(string name, string value)
    {
        if (IndexOf(name) >= 0)
            return false;
        _headers.Add((name, value));
        return true;
    }

    /// <summary>Removes all headers.</summary>
    internal void Clear() => _headers.Clear();

    /// <summary>Enumerates the headers in the order in which they were added.</summary>
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

namespace FileStore.Daemon.Http;

/// <summary>The fields of a head, whose names differ by more than case. A table would take longer to make than a dozen of them take to look through.</summary>
internal sealed class FieldList
{
    private readonly List<(string Name, string Value)> _fields = new(16);

    /// <summary>The value of a field. Null, where it is read, if there is none; where it is set, it is added or replaced.</summary>
    internal string? this[string name]
    {
        get => IndexOf(name) is var i and >= 0 ? _fields[i].Value : null;
        set
        {
            var i = IndexOf(name);
            if (i < 0)
                _fields.Add((name, value!));
            else
                _fields[i] = (name, value!);
        }
    }

    /// <summary>Forgets them all.</summary>
    internal void Clear() => _fields.Clear();

    /// <summary>Lists them in the order in which they were added.</summary>
    public List<(string Name, string Value)>.Enumerator GetEnumerator() => _fields.GetEnumerator();

    private int IndexOf(string name)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            if (_fields[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }
}

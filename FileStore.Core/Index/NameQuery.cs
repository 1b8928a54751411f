namespace FileStore.Core.Index;

/// <summary>What a list of names is ordered by. Names that are equal in it keep the order in which they were made.</summary>
public enum NameOrder
{
    /// <summary>The name, by the bytes of its UTF-8.</summary>
    Name,

    /// <summary>When the name was pointed at its blob.</summary>
    Modified,

    /// <summary>The size of the blob.</summary>
    Size,
}

/// <summary>A question for a page of names.</summary>
public sealed record NameQuery
{
    /// <summary>What the names begin with, in NFC.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Whether names with a slash after the prefix are shown as the folder up to that slash, once.</summary>
    public bool ByFolder { get; init; }

    /// <summary>A text that the names contain, in any case. Folders are not searched for, and <see cref="ByFolder"/> has no effect.</summary>
    public string? Search { get; init; }

    /// <summary>The order. Folders come before names unless it is <see cref="NameOrder.Name"/>.</summary>
    public NameOrder Order { get; init; }

    /// <summary>Whether the order is reversed.</summary>
    public bool Descending { get; init; }

    /// <summary>The cursor of the page before; null for the first page. With <see cref="NameOrder.Name"/> any name will do.</summary>
    public string? After { get; init; }

    /// <summary>The most names and folders on the page, 1 or more.</summary>
    public int Limit { get; init; } = 1000;
}

/// <summary>A page of names.</summary>
/// <param name="Names">The names, in order.</param>
/// <param name="Folders">The folders, in order, each with a slash at its end.</param>
/// <param name="Next">
/// The cursor of the next page; null if this is the last one. A page of a search may hold fewer names than the limit, or
/// none, and still not be the last.
/// </param>
public sealed record NamePage(IReadOnlyList<NamedBlob> Names, IReadOnlyList<string> Folders, string? Next);

/// <summary>A question that the index does not answer.</summary>
/// <param name="message">A sentence that says what to ask instead, for clients.</param>
public sealed class NameQueryException(string message) : Exception(message);

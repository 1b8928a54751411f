namespace FileStore.Core.Exports;

/// <summary>Selects files by the beginning and the end of their names (ordinal comparison).</summary>
/// <param name="Prefix">The beginning; null or <c>*</c> for any.</param>
/// <param name="Suffix">The end; null or <c>*</c> for any.</param>
public sealed record NamePattern(string? Prefix, string? Suffix)
{
    private const string Anything = "*";

    /// <summary>Whether a name matches. Prefix and suffix may overlap.</summary>
    public bool Matches(string name) =>
        (Prefix is null or Anything || name.StartsWith(Prefix, StringComparison.Ordinal))
        && (Suffix is null or Anything || name.EndsWith(Suffix, StringComparison.Ordinal));
}

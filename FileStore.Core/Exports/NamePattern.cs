namespace FileStore.Core.Exports;

/// <summary>Which files are meant: those whose names begin and end so, compared by ordinal.</summary>
/// <param name="Prefix">How they begin; null or <c>*</c> for anything.</param>
/// <param name="Suffix">How they end; null or <c>*</c> for anything.</param>
public sealed record NamePattern(string? Prefix, string? Suffix)
{
    private const string Anything = "*";

    /// <summary>Whether a file of this name is meant. Beginning and end may overlap.</summary>
    public bool Matches(string name) =>
        (Prefix is null or Anything || name.StartsWith(Prefix, StringComparison.Ordinal))
        && (Suffix is null or Anything || name.EndsWith(Suffix, StringComparison.Ordinal));
}

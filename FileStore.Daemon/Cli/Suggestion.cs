namespace FileStore.Daemon.Cli;

/// <summary>Suggests names that are close to a mistyped one.</summary>
internal static class Suggestion
{
    /// <summary>A hint such as <c>; did you mean 'start'?</c>, with every name that is equally close; empty if none is close.</summary>
    internal static string For(string given, IEnumerable<string> names)
    {
        var close = names.Where(name => name != given).Select(name => (Name: name, Distance: DistanceOf(Plain(given), Plain(name))))
            .Where(candidate => candidate.Distance <= Math.Min(2, (candidate.Name.Trim('-').Length - 1) / 2))
            .ToArray();
        var closest = close.Where(candidate => candidate.Distance == close.Min(other => other.Distance)).Select(candidate => $"'{candidate.Name}'").ToArray();
        return closest.Length == 0 ? "" : $"; did you mean {string.Join(" or ", closest)}?";
    }

    /// <summary>The beginning of a name is as close as one wrong letter.</summary>
    private static int DistanceOf(string given, string name) =>
        given.Length >= 3 && name.StartsWith(given, StringComparison.Ordinal) ? Math.Min(1, name.Length - given.Length) : Distance(given, name);

    private static string Plain(string name) => name.ToLowerInvariant().Replace("-", "").Replace("_", "");

    /// <summary>How many letters have to be changed, added, left out or exchanged with their neighbour (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var change = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(change, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}

namespace FileStore.Bench;

/// <summary>One who does some work, and how that is measured.</summary>
internal sealed record Contender(string Name, Func<double> Measure);

/// <summary>What a ratio should be.</summary>
/// <param name="Ours">One of ours.</param>
/// <param name="Other">Whom it is compared with.</param>
/// <param name="AtLeast">The least ratio.</param>
/// <param name="OrOther">Another, if it is the lower of the two that counts.</param>
/// <param name="Engine">What ours is built on, as it comes and with nothing to do, to compare with.</param>
internal sealed record Target(string Ours, string Other, double AtLeast, string? OrOther = null, string? Engine = null)
{
    public override string ToString() => $"{Ours} / {(OrOther is null ? Other : $"the lower of {Other} and {OrOther}")}";
}

/// <summary>What a figure may be at most.</summary>
/// <param name="Figure">Whose.</param>
/// <param name="AtMost">In the work's unit.</param>
/// <param name="Above">Whose figure is taken off first; null for none.</param>
internal sealed record Bound(string Figure, double AtMost, string? Above = null);

/// <summary>Something that is measured.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">What the figures are.</param>
/// <param name="Contenders">Who does it.</param>
/// <param name="Targets">What is wanted.</param>
/// <param name="LessIsBetter">Whether a smaller figure is the better one.</param>
internal sealed record Work(string Name, string Unit, IReadOnlyList<Contender> Contenders, IReadOnlyList<Target> Targets, bool LessIsBetter = false)
{
    /// <summary>How many rounds there are at most: for what does not vary, and takes long.</summary>
    internal int MostRounds { get; init; } = int.MaxValue;

    /// <summary>Whether its blobs are left where they are, as the next work begins with them.</summary>
    internal bool LeavesBlobs { get; init; }

    /// <summary>What is wanted of figures that have no peer.</summary>
    internal IReadOnlyList<Bound> Bounds { get; init; } = [];
}

/// <summary>What was measured: a figure for each contender and round.</summary>
internal sealed record Result(Work Work, IReadOnlyDictionary<string, List<double>> Figures)
{
    internal double Median(string contender) => MedianOf(Figures[contender]);

    /// <summary>How far a target is reached: the median of the rounds' ratios, above 1 where ours is the better.</summary>
    internal double Ratio(Target target)
    {
        var others = target.OrOther is null ? Figures[target.Other] : Figures[target.Other].Zip(Figures[target.OrOther], Math.Min);
        return MedianOf(Figures[target.Ours].Zip(others, Ratio));
    }

    private double Ratio(double ours, double other) => Work.LessIsBetter ? other / ours : ours / other;

    private static double MedianOf(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

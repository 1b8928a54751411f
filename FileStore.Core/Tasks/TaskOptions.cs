namespace FileStore.Core.Tasks;

/// <summary>A task that partners are given.</summary>
/// <param name="Id">Its number, 1 or more.</param>
/// <param name="Name">What it is called.</param>
/// <param name="File">The file that goes with it, absolute; null for none.</param>
public sealed record TaskItem(long Id, string Name, string? File = null);

/// <summary>The tasks, and what is done with reports of them.</summary>
public sealed record TaskOptions
{
    /// <summary>Where reports are recorded, absolute; made (mode 0700) with the first.</summary>
    public required string Folder { get; init; }

    /// <summary>The tasks, one at least, each with a number of its own.</summary>
    public IReadOnlyList<TaskItem> Items { get; init; } = [new(1, "vuln scan"), new(2, "disinfect")];

    /// <summary>What is expected of a report.</summary>
    public ReportRules Rules { get; init; } = new();

    /// <summary>Whether a report that was acknowledged survives a loss of power.</summary>
    public bool Durable { get; init; } = true;
}

/// <summary>What is expected of a report. By itself, nothing is.</summary>
public sealed record ReportRules
{
    /// <summary>The most bytes it may have; 0 for any number.</summary>
    public long MaxSize { get; init; }

    /// <summary>The media types that it may have, such as <c>application/pdf</c> or <c>image/*</c>; any if there are none.</summary>
    public IReadOnlyList<string> ContentTypes { get; init; } = [];

    /// <summary>Fields of the form that have to be there, and not to be empty.</summary>
    public IReadOnlyList<string> RequiredFields { get; init; } = [];
}

namespace FileStore.Core.Tasks;

/// <summary>A task that is offered to partners.</summary>
/// <param name="Id">Its number, 1 or more.</param>
/// <param name="Name">Its name.</param>
/// <param name="File">The file that belongs to it, absolute; null for none.</param>
public sealed record TaskItem(long Id, string Name, string? File = null);

/// <summary>The tasks and the rules for reports.</summary>
public sealed record TaskOptions
{
    /// <summary>The directory of the report log, absolute. It is created (mode 0700) with the first report.</summary>
    public required string Folder { get; init; }

    /// <summary>The tasks, at least one, with distinct numbers.</summary>
    public IReadOnlyList<TaskItem> Items { get; init; } = [new(1, "vuln scan"), new(2, "disinfect")];

    /// <summary>The rules for reports.</summary>
    public ReportRules Rules { get; init; } = new();
}

/// <summary>The rules for reports. By default, there are none.</summary>
public sealed record ReportRules
{
    /// <summary>The largest size in bytes; 0 for no limit.</summary>
    public long MaxSize { get; init; }

    /// <summary>Allowed media types, such as <c>application/pdf</c> or <c>image/*</c>; empty for any.</summary>
    public IReadOnlyList<string> ContentTypes { get; init; } = [];

    /// <summary>Form fields that must be present and not empty.</summary>
    public IReadOnlyList<string> RequiredFields { get; init; } = [];
}

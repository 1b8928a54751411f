namespace FileStore.Tests.Support;

/// <summary>Something that clients ask of the daemon, while system calls fail.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Area">What it is about.</param>
/// <param name="Calls">System calls that it is known to make on files; those that it is seen to make besides are tried, too.</param>
/// <param name="PrepareAsync">Makes what it needs, before anything fails.</param>
internal sealed record FaultOperation(string Name, FaultArea Area, string[] Calls, Func<FaultTarget, Task<FaultTrial>> PrepareAsync)
{
    /// <summary>Calls without which nothing may be acknowledged.</summary>
    public string[] Vital { get; init; } = [];

    /// <summary>Calls that Kestrel does not make for it: it sends from its own buffers.</summary>
    public string[] NotOfKestrel { get; init; } = [];

    /// <summary>A file whose failures are no reason to refuse anything; null if there is none.</summary>
    public string? Dispensable { get; init; }

    /// <summary>The calls that it is known to make on files with this engine.</summary>
    public IEnumerable<string> CallsOf(string engine) => engine == "kestrel" ? Calls.Except(NotOfKestrel) : Calls;

    /// <summary>What the failed calls were about.</summary>
    public FaultArea AreaOf(IReadOnlyList<SystemCall> failed) =>
        Dispensable is not null && failed.All(call => call.Text.Contains($"/{Dispensable}", StringComparison.Ordinal)) ? FaultArea.Tolerated : Area;

    public override string ToString() => Name;
}

/// <summary>One such request.</summary>
/// <param name="ActAsync">Makes it.</param>
/// <param name="CheckAsync">Looks, when nothing fails any more, whether what was answered is true, and removes what it made.</param>
internal sealed record FaultTrial(Func<Task<FaultResponse>> ActAsync, Func<FaultResponse, Task> CheckAsync)
{
    /// <summary>Whether the daemon has made up for a failed call without which nothing may be acknowledged. To be asked after the response.</summary>
    public Func<SystemCall, bool> IsMended { get; init; } = _ => false;
}

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

    public override string ToString() => Name;
}

/// <summary>One such request.</summary>
/// <param name="ActAsync">Makes it.</param>
/// <param name="CheckAsync">Looks, when nothing fails any more, whether what was answered is true, and removes what it made.</param>
internal sealed record FaultTrial(Func<Task<FaultResponse>> ActAsync, Func<FaultResponse, Task> CheckAsync);

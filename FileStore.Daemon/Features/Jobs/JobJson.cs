using System.Text.Json.Serialization;

namespace FileStore.Daemon.Features.Jobs;

/// <summary>The response to the submission of a job.</summary>
internal sealed record AcceptedJob(long JobId, string Status);

/// <summary>A line of the list of jobs.</summary>
internal sealed record ListedJob(long JobId, string Command, string Created);

/// <summary>A page of the list of jobs.</summary>
internal sealed record ListedJobs(IReadOnlyList<ListedJob> Jobs, int Total);

/// <summary>A job; <paramref name="Cwd"/> and <paramref name="Timeout"/> if they were given.</summary>
internal sealed record ShownJob(
    long JobId, string Command, string Created, string StatusUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cwd,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Timeout);

/// <summary>The response to a deletion.</summary>
internal sealed record DeletedJob(long JobId, bool Deleted);

/// <summary>Whether a job is done.</summary>
internal sealed record JobStatus(long StatusId, bool Done);

/// <summary>A line of the list of statuses.</summary>
internal sealed record ListedStatus(long StatusId, long JobId, bool Done);

/// <summary>A page of the list of statuses.</summary>
internal sealed record ListedStatuses(IReadOnlyList<ListedStatus> Statuses, int Total);

/// <summary>The result of a job. Members that do not apply are absent, except for the exit code.</summary>
internal sealed record ShownResult(long ResultId, long JobId, double Duration, string Completed, string Stdout, string Stderr, int? ExitCode)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? StdoutTruncated { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StdoutHash { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? StderrTruncated { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StderrHash { get; init; }
}

/// <summary>A page of the list of results.</summary>
internal sealed record ShownResults(IReadOnlyList<ShownResult> Results, int Total);

/// <summary>The response to a deletion.</summary>
internal sealed record DeletedResult(long ResultId, bool Deleted);

/// <summary>The JSON of jobs.</summary>
[JsonSerializable(typeof(AcceptedJob))]
[JsonSerializable(typeof(ListedJobs))]
[JsonSerializable(typeof(ShownJob))]
[JsonSerializable(typeof(DeletedJob))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(ListedStatuses))]
[JsonSerializable(typeof(ShownResult))]
[JsonSerializable(typeof(ShownResults))]
[JsonSerializable(typeof(DeletedResult))]
internal sealed partial class JobJson : JsonSerializerContext
{
    internal static readonly JobJson Context = new(JsonResponse.NewOptions());
}

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FileStore.Core.Exports;
using FileStore.Core.Primitives;
using FileStore.Core.Tasks;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features;

/// <summary>An upload, as the answer to it says.</summary>
internal sealed record StoredFile(string FileHash, long Size, bool Created);

/// <summary>A removal.</summary>
internal sealed record DeletedFile(string FileHash, bool Deleted);

/// <summary>A line of a listing; <paramref name="Modified"/> is UTC, in whole seconds.</summary>
internal sealed record ListedFile(string FileHash, long Size, DateTime Modified);

/// <summary>A page of a listing.</summary>
internal sealed record FileList(IReadOnlyList<ListedFile> Files, string? Next);

/// <summary>That the daemon serves.</summary>
internal sealed record Health(string Status);

/// <summary>A job, as the answer to its submission says.</summary>
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

/// <summary>A removal.</summary>
internal sealed record DeletedJob(long JobId, bool Deleted);

/// <summary>Whether a job is done.</summary>
internal sealed record JobStatus(long StatusId, bool Done);

/// <summary>A line of the list of statuses.</summary>
internal sealed record ListedStatus(long StatusId, long JobId, bool Done);

/// <summary>A page of the list of statuses.</summary>
internal sealed record ListedStatuses(IReadOnlyList<ListedStatus> Statuses, int Total);

/// <summary>What came of a job; what does not apply is left out, but for the exit code.</summary>
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

/// <summary>A removal.</summary>
internal sealed record DeletedResult(long ResultId, bool Deleted);

/// <summary>An upload that is kept; <paramref name="Path"/> is where, in the store's own words.</summary>
internal sealed record KeptUpload(string Status, string Path, string FileHash);
/// <summary>A line of the list of tasks.</summary>
internal sealed record ListedTask(long Id, string Name);

/// <summary>The list of tasks.</summary>
internal sealed record ListedTasks(IReadOnlyList<ListedTask> Tasks);

/// <summary>A report, as the answer to it says; <paramref name="Errors"/> if there are any.</summary>
internal sealed record ValidatedReport(
    long Id, string Name, string Status, string FileHash,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Errors);

/// <summary>Every JSON body of an answer: its shape above, and how it is written. Letters stand as themselves.</summary>
[JsonSerializable(typeof(StoredFile))]
[JsonSerializable(typeof(StoredFile[]))]
[JsonSerializable(typeof(DeletedFile))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ExportEntry[]))]
[JsonSerializable(typeof(AcceptedJob))]
[JsonSerializable(typeof(ListedJobs))]
[JsonSerializable(typeof(ShownJob))]
[JsonSerializable(typeof(DeletedJob))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(ListedStatuses))]
[JsonSerializable(typeof(ShownResult))]
[JsonSerializable(typeof(ShownResults))]
[JsonSerializable(typeof(DeletedResult))]
[JsonSerializable(typeof(KeptUpload))]
[JsonSerializable(typeof(ListedTasks))]
[JsonSerializable(typeof(ValidatedReport))]
[JsonSerializable(typeof(ReportPage))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    internal const string ContentType = "application/json; charset=utf-8";

    internal static readonly ApiJson Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JsonText.Plain,
    });

    /// <summary>Answers with a body of one of the types above. All of them say how things are now, so none is to be kept.</summary>
    internal static Task RespondAsync<T>(Request request, int status, T body, JsonTypeInfo<T> type)
    {
        request.Exchange.SetHeader("Cache-Control", "no-store");
        return request.RespondAsync(status, ContentType, JsonSerializer.SerializeToUtf8Bytes(body, type));
    }
}

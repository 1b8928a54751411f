using System.Text.Json;
using System.Text.Json.Serialization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>
/// A line of the journal: an event and the complete state of the job after it, so that the next line makes up for a lost
/// one.
/// </summary>
/// <param name="Event">The event, for people.</param>
/// <param name="Id">The job's number; for <see cref="Next"/>, the number of the next new job.</param>
/// <param name="Job">The job's state; null if it was deleted.</param>
internal sealed record JournalLine(string Event, long Id, Job? Job = null)
{
    internal const string Created = "created", Started = "started", Running = "running", Done = "done",
        Deleted = "deleted", ResultDeleted = "result_deleted", Next = "next";

    /// <summary>Parses a line without its newline. Null if it is damaged.</summary>
    internal static JournalLine? TryParse(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, JobJson.Context.JournalLine) is { Id: > 0 } line && (line.Job is null || line.Job.Id == line.Id) ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The line with its newline, in UTF-8.</summary>
    internal byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Context.JournalLine), (byte)'\n'];
}

/// <summary>The output of a job, if it is too long for the journal.</summary>
internal sealed record ResultTexts(string Stdout, string Stderr);

/// <summary>The JSON of the history's files.</summary>
[JsonSerializable(typeof(JournalLine))]
[JsonSerializable(typeof(ResultTexts))]
internal sealed partial class JobJson : JsonSerializerContext
{
    internal static readonly JobJson Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = JsonText.Plain,
    });
}

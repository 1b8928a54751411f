using System.Text.Json;
using System.Text.Json.Serialization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Jobs;

/// <summary>
/// A line of the journal: what happened, and all that is known of the job since, so that a line that was lost is made up
/// for by the next.
/// </summary>
/// <param name="Event">What happened, for people.</param>
/// <param name="Id">The job; of <see cref="Next"/>, the number that the next one gets.</param>
/// <param name="Job">The job as it is now; null if it is gone.</param>
internal sealed record JournalLine(string Event, long Id, Job? Job = null)
{
    internal const string Created = "created", Started = "started", Running = "running", Done = "done",
        Deleted = "deleted", ResultDeleted = "result_deleted", Next = "next";

    /// <summary>Null if it is damaged.</summary>
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

    /// <summary>The line with its end.</summary>
    internal byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Context.JournalLine), (byte)'\n'];
}

/// <summary>The whole texts of a result, where they are too long for the journal.</summary>
internal sealed record ResultTexts(string Stdout, string Stderr);

/// <summary>What the history's files hold.</summary>
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

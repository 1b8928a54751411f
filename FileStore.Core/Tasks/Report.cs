using System.Text.Json;
using System.Text.Json.Serialization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Tasks;

/// <summary>A report that has come: what is recorded of it, and what clients are shown.</summary>
/// <param name="Id">The task's number.</param>
/// <param name="Name">The task's name at that time.</param>
/// <param name="Received">When it had come: UTC, in milliseconds.</param>
/// <param name="FileName">The name that the client gave it; null if it gave none.</param>
/// <param name="ContentType">The media type that the client gave it; null if it gave none.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="FileHash">The blob that it is kept as.</param>
public sealed record Report(long Id, string Name, string Received, string? FileName, string? ContentType, long Size, string FileHash)
{
    private const int MaxTextLength = 1000;

    /// <summary>Whether it broke no rule: PASSED or FAILED.</summary>
    public string Status => Errors.Count == 0 ? "PASSED" : "FAILED";

    /// <summary>The rules that it broke, in words.</summary>
    public required IReadOnlyList<string> Errors { get; init; }

    /// <summary>A report of a task. Of what the client calls it, no more is kept than a page of a list can bear.</summary>
    public static Report Of(
        TaskItem task, DateTimeOffset received, string? fileName, string? contentType, long size, Digest digest, IReadOnlyList<string> errors) =>
        new(task.Id, task.Name, Timestamp.Format(received),
            fileName is null ? null : ShortText.Of(fileName, MaxTextLength), contentType is null ? null : ShortText.Of(contentType, MaxTextLength), size, digest.Hex)
        {
            Errors = errors,
        };

    /// <summary>Null if the line is damaged.</summary>
    internal static Report? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ReportJson.Context.Report) is { Id: > 0, Size: >= 0 } report ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The line with its end.</summary>
    internal byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Context.Report), (byte)'\n'];
}

/// <summary>What the journal's lines hold.</summary>
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    internal static readonly ReportJson Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = JsonText.Plain,
    });
}

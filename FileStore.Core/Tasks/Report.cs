using System.Text.Json;
using System.Text.Json.Serialization;
using FileStore.Core.Primitives;

namespace FileStore.Core.Tasks;

/// <summary>A received report, as it is recorded and as clients see it.</summary>
/// <param name="Id">The task's number.</param>
/// <param name="Name">The task's name at that time.</param>
/// <param name="Received">When it was received: UTC, in milliseconds.</param>
/// <param name="FileName">The file name that the client sent; null if none.</param>
/// <param name="ContentType">The media type that the client sent; null if none.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="FileHash">The hash of the blob that holds the report.</param>
public sealed record Report(long Id, string Name, string Received, string? FileName, string? ContentType, long Size, string FileHash)
{
    private const int MaxTextLength = 1000;

    /// <summary>PASSED if it violates no rule, otherwise FAILED.</summary>
    public string Status => Errors.Count == 0 ? "PASSED" : "FAILED";

    /// <summary>The rules that it violates, in words.</summary>
    public required IReadOnlyList<string> Errors { get; init; }

    /// <summary>Makes a report of a task. Long names are shortened, so that a page of a list stays small.</summary>
    public static Report Of(
        TaskItem task, DateTimeOffset received, string? fileName, string? contentType, long size, Digest digest, IReadOnlyList<string> errors) =>
        new(task.Id, task.Name, Timestamp.Format(received),
            fileName is null ? null : ShortText.Of(fileName, MaxTextLength), contentType is null ? null : ShortText.Of(contentType, MaxTextLength), size, digest.Hex)
        {
            Errors = errors,
        };

    /// <summary>Parses a line without its newline. Null if it is damaged.</summary>
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

    /// <summary>The line with its newline, in UTF-8.</summary>
    internal byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Context.Report), (byte)'\n'];
}

/// <summary>The JSON of the journal's lines.</summary>
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

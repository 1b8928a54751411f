using System.Text.Json;

namespace FileStore.Tests.Support;

/// <summary>What a client saw of a request during which system calls failed.</summary>
/// <param name="Status">The status; 0 if the connection was cut.</param>
/// <param name="MediaType">The media type; null if there was none.</param>
/// <param name="MayRetry">Whether it was told when to try again.</param>
/// <param name="Body">The body.</param>
internal sealed record FaultResponse(int Status, string? MediaType, bool MayRetry, byte[] Body)
{
    public static FaultResponse Cut { get; } = new(0, null, false, []);

    public bool IsSuccess => Status is >= 200 and < 300;

    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public override string ToString() => $"{Status} {(Body.Length < 500 ? Text : $"{Body.Length} bytes")}";

    /// <summary>Why this is not the right answer; null if it is.</summary>
    /// <param name="error">The name of the error that system calls failed with.</param>
    /// <param name="area">What it was about.</param>
    /// <param name="isVital">Whether nothing may be acknowledged after such a failure.</param>
    public string? Fault(string error, FaultArea area, bool isVital)
    {
        if (IsSuccess)
            return isVital && error != "EINTR" ? "it was acknowledged" : null;
        int[] right = (error, area) switch
        {
            (_, FaultArea.Tolerated) or ("EINTR", _) => [],
            ("ENOSPC" or "EDQUOT", _) => [507],
            ("EFBIG", _) => [413, 507],
            ("EROFS", FaultArea.Export or FaultArea.Archive) => [403],
            ("EROFS" or "EMFILE" or "ENFILE" or "ENOMEM" or "EAGAIN", _) => [503],
            _ => [500],
        };
        if (Status == 0)
            return area is FaultArea.Download or FaultArea.Export && error != "EINTR" ? null : "the connection was cut";
        if (!right.Contains(Status) && !(area is (FaultArea.Record or FaultArea.Archive) && Status == 503 && right.Length > 0))
            return right.Length == 0 ? "it should have succeeded" : $"not {string.Join(" or ", right)}";
        if (MediaType != "application/problem+json")
            return $"its type is {MediaType}";
        if (Status == 503 && !MayRetry)
            return "it does not say when to try again";
        var detail = Json.GetProperty("detail").GetString()!;
        return detail.Length < 10 || detail.Contains("   at ") || detail.Contains("Exception") || detail.Contains("/tmp/") ? $"the detail is no help, or tells too much: {detail}" : null;
    }
}

/// <summary>What a request is about, as far as that makes a difference to how it may fail.</summary>
internal enum FaultArea
{
    /// <summary>The store.</summary>
    Store,

    /// <summary>A file that is sent: once the head is out, the connection is cut.</summary>
    Download,

    /// <summary>The record of reports, the jobs' history, or the file of a task: they may answer 503 for whatever fails.</summary>
    Record,

    /// <summary>An export: one that may not be written is 403.</summary>
    Export,

    /// <summary>An archive of an export, which is a job, too: it may fail as either.</summary>
    Archive,

    /// <summary>What is no reason to refuse anything.</summary>
    Tolerated,
}

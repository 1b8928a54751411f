using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FileStore.Core.Exports;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Endpoints;

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

/// <summary>Every JSON body of an answer: its shape above, and how it is written. Letters stand as themselves.</summary>
[JsonSerializable(typeof(StoredFile))]
[JsonSerializable(typeof(StoredFile[]))]
[JsonSerializable(typeof(DeletedFile))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ExportEntry[]))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    internal const string ContentType = "application/json; charset=utf-8";

    internal static readonly ApiJson Written = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JsonText.Plain,
    });

    /// <summary>Answers with a body of one of the types above.</summary>
    internal static Task RespondAsync<T>(Request request, int status, T body, JsonTypeInfo<T> type) =>
        request.RespondAsync(status, ContentType, JsonSerializer.SerializeToUtf8Bytes(body, type));
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features;

/// <summary>Responses whose body is JSON.</summary>
internal static class JsonResponse
{
    internal const string ContentType = "application/json; charset=utf-8";

    /// <summary>The form of the API's JSON: names in snake_case, non-ASCII characters unescaped. Each serializer context needs options of its own.</summary>
    internal static JsonSerializerOptions NewOptions() => new()
    {
        AllowDuplicateProperties = false,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JsonText.Plain,
    };

    internal static Task RespondAsync<T>(Request request, int status, T body, JsonTypeInfo<T> type) =>
        request.RespondAsync(status, ContentType, JsonSerializer.SerializeToUtf8Bytes(body, type));
}

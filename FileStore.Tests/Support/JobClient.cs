using System.Text;
using System.Text.Json;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>Jobs as clients use them.</summary>
internal static class JobClient
{
    public static HttpContent Json(string json) => new StringContent(json, Encoding.UTF8, "application/json");

    public static HttpContent Body(byte[] body, string? type)
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    /// <summary>Submits a job and returns its number.</summary>
    public static async Task<long> SubmitAsync(this HttpClient client, object job)
    {
        using var answer = await client.PostAsync("/api/jobs", Json(JsonSerializer.Serialize(job)));
        var text = await answer.TextAsync();
        answer.Status().Should().Be(202, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("job_id").GetInt64();
    }

    public static Task<long> SubmitAsync(this HttpClient client, string command) => client.SubmitAsync(new { command });

    /// <summary>Waits for a job's end, as its status tells it.</summary>
    public static async Task<JsonElement> ResultAsync(this HttpClient client, long id, int seconds = 20)
    {
        var last = JsonDocument.Parse("{}").RootElement;
        (await Eventually.HoldsAsync(() => (last = client.GetJsonAsync($"/api/statuses/{id}").GetAwaiter().GetResult()).TryGetProperty("exit_code", out _), seconds))
            .Should().BeTrue($"job {id} ends");
        return last;
    }

    public static async Task<JsonElement> RunAsync(this HttpClient client, object job) => await client.ResultAsync(await client.SubmitAsync(job));

    public static Task<JsonElement> RunAsync(this HttpClient client, string command) => client.RunAsync(new { command });

    public static async Task<JsonElement> GetJsonAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        var text = await answer.TextAsync();
        answer.Status().Should().Be(200, text);
        return JsonDocument.Parse(text).RootElement;
    }

    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>The processes that have this text in their command lines.</summary>
    public static int[] ProcessesWith(string text) =>
        [.. from folder in Directory.EnumerateDirectories("/proc")
            where Path.GetFileName(folder).All(char.IsAsciiDigit) && CommandLine(folder).Contains(text, StringComparison.Ordinal)
            select int.Parse(Path.GetFileName(folder))];

    private static string CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText($"{folder}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has ended since
        }
    }
}

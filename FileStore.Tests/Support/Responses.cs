using System.Text.Json;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>What tests say about answers again and again.</summary>
internal static class Responses
{
    public static int Status(this HttpResponseMessage answer) => (int)answer.StatusCode;

    public static Task<string> TextAsync(this HttpResponseMessage answer) => answer.Content.ReadAsStringAsync();

    /// <summary>A field of the answer, whichever of its two collections holds it; null if it is absent.</summary>
    public static string? Field(this HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) || answer.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.ToString()
            : null;

    /// <summary>The name and value of every field, less those that differ from answer to answer by their nature.</summary>
    public static SortedDictionary<string, string> LastingFields(this HttpResponseMessage answer)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
            fields[name] = values.ToString();
        foreach (var name in (string[])["Date", "X-Request-Id", "Keep-Alive"])
            fields.Remove(name);
        return fields;
    }

    /// <summary>Asserts that this is an error as the contract wants every error.</summary>
    public static async Task<HttpResponseMessage> ShouldBeProblemAsync(this HttpResponseMessage answer, int status)
    {
        var text = await answer.TextAsync();
        answer.Status().Should().Be(status, text);
        ShouldBeProblem(status, answer.Field, text);
        return answer;
    }

    /// <summary>The same for an answer from the wire.</summary>
    public static RawAnswer ShouldBeProblem(this RawAnswer? answer, params int[] statuses)
    {
        answer.Should().NotBeNull("an answer was expected");
        statuses.Should().Contain(answer!.Status, answer.Text);
        ShouldBeProblem(answer.Status, answer.Field, answer.Text);
        return answer;
    }

    /// <summary>Sends a request with fields that the client library would otherwise judge.</summary>
    public static Task<HttpResponseMessage> SendAsync(
        this HttpClient client, string method, string path, HttpContent? content = null, params (string Name, string Value)[] fields)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in fields)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                (request.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(name, value);
        }

        return client.SendAsync(request);
    }

    /// <summary>Sent in chunks, its length unknown to the other side.</summary>
    public static HttpContent Chunked(byte[] bytes) => new UnknownLength(bytes);

    private static void ShouldBeProblem(int status, Func<string, string?> field, string text)
    {
        field("Content-Type").Should().StartWith("application/problem+json");
        field("X-Content-Type-Options").Should().Be("nosniff");
        field("X-Request-Id").Should().NotBeNullOrEmpty();
        using var problem = JsonDocument.Parse(text);
        problem.RootElement.GetProperty("status").GetInt32().Should().Be(status);
        problem.RootElement.GetProperty("title").GetString().Should().NotBeNullOrEmpty();
        problem.RootElement.GetProperty("detail").GetString().Should().NotBeNullOrEmpty();
        if (status == 405)
            field("Allow").Should().NotBeNullOrEmpty();
        if (status == 503)
            field("Retry-After").Should().NotBeNullOrEmpty();
    }

    private sealed class UnknownLength(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

using System.Text;
using System.Text.Json;
using FileStore.Daemon.Http.Engines;
using FluentAssertions;

namespace FileStore.Tests.Daemon.Http.Engines;

[TestFixture]
public sealed class RawResponseTests
{
    [TestCase(400)]
    [TestCase(503)]
    public void A_response_to_an_unreadable_request_is_complete(int status)
    {
        var text = Encoding.UTF8.GetString(RawResponse.Of(status, "почему"));
        var head = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n");
        var body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

        head[0].Should().StartWith($"HTTP/1.1 {status} ");
        head.Should().OnlyHaveUniqueItems(line => line.Split(':')[0]).And.Contain($"Content-Length: {Encoding.UTF8.GetByteCount(body)}")
            .And.Contain("Connection: close").And.Contain("X-Content-Type-Options: nosniff").And.Contain(line => line.StartsWith("X-Request-Id: "))
            .And.Contain(line => line.StartsWith("Date: ")).And.NotContain(line => line.Contains('\n') || line.StartsWith(' '));
        head.Any(line => line.StartsWith("Retry-After: ", StringComparison.Ordinal)).Should().Be(status == 503);
        using var json = JsonDocument.Parse(body);
        json.RootElement.GetProperty("detail").GetString().Should().Be("почему");
    }
}

using System.Net;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>What <c>/healthz</c> says. It looks at the store once a second at most.</summary>
internal static class Health
{
    public static async Task BecomesAsync(HttpClient client, HttpStatusCode expected)
    {
        var seen = new List<HttpStatusCode>();
        for (var attempt = 0; attempt < 60; attempt++)
        {
            using var answer = await client.GetAsync("/healthz");
            seen.Add(answer.StatusCode);
            if (answer.StatusCode == expected)
                return;
            await Task.Delay(100);
        }

        seen.Should().Contain(expected);
    }
}

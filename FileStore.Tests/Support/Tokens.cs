using System.Net.Http.Headers;
using FluentAssertions;

namespace FileStore.Tests.Support;

/// <summary>Access tokens of a daemon, managed as its owner does: by the command line, in its home.</summary>
internal static class Tokens
{
    /// <summary>Adds a token and returns it.</summary>
    public static string Add(string home, string name, string scopes) => Run(home, "add", name, "--scope", scopes).Trim();

    public static void Revoke(string home, string name) => Run(home, "revoke", name);

    /// <summary>A client that sends this with every request; null sends none.</summary>
    public static HttpClient NewClient(this DaemonProcess daemon, string? token)
    {
        var client = daemon.NewClient();
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static string Run(string home, params string[] action)
    {
        var result = InProcess.Run(["token", .. action, "--home", home]);
        result.ExitCode.Should().Be(0, result.Error);
        return result.Output;
    }
}

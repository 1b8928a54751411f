using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Options;

/// <summary>Values as messages show them, which end in terminals, logs and bug reports.</summary>
internal static class ShownValue
{
    /// <summary>Stands for a value that is not shown.</summary>
    internal const string Hidden = "the value";

    private const int Longest = 200;

    private static readonly string[] Credentials = ["Authorization", "Bearer ", "Basic "];

    /// <summary>The value in quotes, unless it looks like a secret that somebody has put into the wrong place.</summary>
    internal static string Of(string text) => LooksSecret(text) ? Hidden : $"'{ShortText.Shown(text, Longest)}'";

    /// <summary>A URL or host with a user and a password, key material, an access token, or a header with credentials.</summary>
    private static bool LooksSecret(string text) => text.Contains('@') || text.Contains("-----BEGIN", StringComparison.Ordinal) || text.Contains('\n')
        || text.Contains(AccessToken.Prefix, StringComparison.Ordinal)
        || Array.Exists(Credentials, word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}

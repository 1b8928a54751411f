using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FileStore.Daemon.Http.Access;

/// <summary>The stored part of an access token: enough to recognise the token, but not to recreate it.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Hash">
/// The SHA-256 of the token. The token is random and as long as a key, so a slower hash would add nothing.
/// </param>
/// <param name="Created">When it was created.</param>
internal sealed record AccessToken(string Name, Scope Scopes, byte[] Hash, DateTimeOffset Created)
{
    /// <summary>The prefix of every token, so that leaked tokens can be found and redacted.</summary>
    internal const string Prefix = "fst_";

    private const int RandomBytes = 32;
    private const int MaxNameLength = 64;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Creates a token. Its text exists only in <paramref name="secret"/>.</summary>
    internal static AccessToken New(string name, Scope scopes, DateTimeOffset now, out string secret)
    {
        secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        return new AccessToken(name, scopes, HashOf(secret), DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
    }

    internal static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Whether a name is valid: 1 to 64 characters, since it is one word in the log.</summary>
    internal static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Whether it allows a route that needs this scope.</summary>
    internal bool Allows(Scope needed) => (Scopes & (needed | Scope.Admin)) != 0;
}

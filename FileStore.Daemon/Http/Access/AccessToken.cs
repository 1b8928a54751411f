using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FileStore.Daemon.Http.Access;

/// <summary>What is kept of an access token: enough to know it again, and not to make it.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Hash">SHA-256 of the token. (It is as long as a key and random: a slower hash would protect nothing.)</param>
/// <param name="Created">When it was made.</param>
internal sealed record AccessToken(string Name, Scope Scopes, byte[] Hash, DateTimeOffset Created)
{
    /// <summary>What every token begins with, so that one that has leaked can be found and hidden.</summary>
    internal const string Prefix = "fst_";

    private const int RandomBytes = 32;
    private const int MaxNameLength = 64;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Makes a token. The text of it is nowhere but in <paramref name="secret"/>.</summary>
    internal static AccessToken New(string name, Scope scopes, DateTimeOffset now, out string secret)
    {
        secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        return new AccessToken(name, scopes, HashOf(secret), DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
    }

    internal static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Whether a token can be called this: a name stands in the log as one word.</summary>
    internal static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Whether it is good for a route that asks for this one scope.</summary>
    internal bool Allows(Scope needed) => (Scopes & (needed | Scope.Admin)) != 0;
}

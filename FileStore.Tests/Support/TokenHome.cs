using System.Security.Cryptography;
using FileStore.Daemon.Http.Access;

namespace FileStore.Tests.Support;

/// <summary>A folder with a <c>tokens.json</c> that the test writes itself.</summary>
internal sealed class TokenHome : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<AccessToken> _tokens = [];

    public string Path => _folder["tokens.json"];

    /// <summary>Adds a token and returns its text.</summary>
    public string Add(string name, Scope scopes)
    {
        _tokens.Add(AccessToken.New(name, scopes, DateTimeOffset.UnixEpoch, out var secret));
        Write();
        return secret;
    }

    public void Revoke(string name)
    {
        _tokens.RemoveAll(token => token.Name == name);
        Write();
    }

    /// <summary>Writes the tokens that there are.</summary>
    public void Write() => TokenFile.Write(Path, _tokens);

    /// <summary>What looks like a token and is none.</summary>
    public static string Guess() => "fst_" + System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public void Dispose() => _folder.Dispose();
}

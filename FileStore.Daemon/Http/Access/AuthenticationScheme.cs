using System.Text;

namespace FileStore.Daemon.Http.Access;

/// <summary>A way to send an access token in <c>Authorization</c> (RFC 9110, 11.6.2).</summary>
/// <param name="Name">The scheme's name, case-insensitive.</param>
/// <param name="TokenOf">Extracts the token from the credentials; null if they contain none.</param>
internal sealed record AuthenticationScheme(string Name, Func<string, string?> TokenOf)
{
    private const int MaxCredentials = 1024;

    /// <summary>The credentials are the token (RFC 6750, 2.1).</summary>
    internal static readonly AuthenticationScheme Bearer = new("Bearer", credentials => credentials);

    /// <summary>The token is the password of any user (RFC 7617), as Git LFS, restic, ccache and WebDAV clients send it.</summary>
    internal static readonly AuthenticationScheme Basic = new("Basic", PasswordOf);

    private static readonly AuthenticationScheme[] All = [Bearer, Basic];

    /// <summary>Extracts the token of a request, in any scheme.</summary>
    /// <param name="authorization">
    /// The value of <c>Authorization</c>; null if it is missing. Two such headers are joined by a comma, which no token contains.
    /// </param>
    /// <returns>The text in the token's place; null if there is none.</returns>
    internal static string? Presented(string? authorization)
    {
        var space = authorization?.IndexOf(' ') ?? -1;
        if (space < 0)
            return null;
        foreach (var scheme in All)
        {
            if (authorization.AsSpan(0, space).Equals(scheme.Name, StringComparison.OrdinalIgnoreCase))
                return scheme.TokenOf(authorization![(space + 1)..].Trim(' ')) is { Length: > 0 } token ? token : null;
        }

        return null;
    }

    /// <summary>A challenge of this scheme.</summary>
    /// <param name="parameters">Further parameters after the realm, starting with a comma.</param>
    internal string Challenge(string parameters = "") => $"{Name} realm=\"filestore\"{parameters}";

    private static string? PasswordOf(string credentials)
    {
        Span<byte> decoded = stackalloc byte[MaxCredentials];
        if (credentials.Length > MaxCredentials || !Convert.TryFromBase64String(credentials, decoded, out var length))
            return null;
        var colon = decoded[..length].IndexOf((byte)':');
        return colon < 0 ? null : Encoding.UTF8.GetString(decoded[(colon + 1)..length]);
    }
}

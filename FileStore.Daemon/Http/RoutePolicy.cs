using FileStore.Daemon.Http.Access;

namespace FileStore.Daemon.Http;

/// <summary>The headers and checks that differ between kinds of routes.</summary>
internal sealed record RoutePolicy
{
    /// <summary>The policy of routes that state none.</summary>
    internal static readonly RoutePolicy Default = new();

    /// <summary>Content-Security-Policy of responses with bytes that clients have stored: they never run as a page of this origin.</summary>
    internal string ContentSecurityPolicy { get; init; } = "sandbox; default-src 'none'";

    /// <summary>Cache-Control of responses that are made in memory: they say how things are now.</summary>
    internal string CacheControl { get; init; } = "no-store";

    /// <summary>Whether a page of another site may make a browser send requests that change something.</summary>
    internal bool AllowsCrossSite { get; init; }

    /// <summary>Whether a signed link takes the place of an access token.</summary>
    internal bool AcceptsLinks { get; init; }

    /// <summary>The authentication schemes that a 401 names, beside which all others are accepted too.</summary>
    internal IReadOnlyList<AuthenticationScheme> Challenges { get; init; } = [AuthenticationScheme.Bearer];
}

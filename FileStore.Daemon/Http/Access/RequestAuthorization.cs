using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Access;

/// <summary>Authorizes requests by their tokens and their origins.</summary>
internal static class RequestAuthorization
{
    /// <summary>Checks a request before its path, so that strangers do not learn which paths exist.</summary>
    /// <param name="request">The request, with its route if it has one.</param>
    /// <param name="tokens">The access tokens.</param>
    /// <param name="links">The signed links.</param>
    /// <returns>The response if the request is rejected; null if it is allowed.</returns>
    internal static Problem? RefuseStranger(Request request, AccessTokens tokens, SignedLinks links)
    {
        if (request.Policy.AcceptsLinks && request.Query("key") is { } key && request.Header("Authorization") is null && !tokens.IsOpen)
            return RefuseLink(request, links, key);
        if (tokens.Refusal(request) is { } refusal)
            return refusal;
        return tokens.IsOpen && RequestOrigin.IsDnsRebinding(request.Exchange)
            ? Problem.Forbidden("a browser asks under a name that is not this machine's, as a page of an attacker can make it do "
                + "(DNS rebinding): use localhost, the machine's name or its address, or define access tokens; a proxy should send Via")
            : null;
    }

    private static Problem? RefuseLink(Request request, SignedLinks links, string key)
    {
        if (!links.IsValid(UnicodeNormalization.ToNfc($"/{string.Join('/', request.Target!.Segments)}"), key))
            return Problem.Forbidden("the link has ended, or is not one of this daemon: ask for another one");
        request.Credentials = SignedLinks.Token;
        request.Exchange.SetHeader("Referrer-Policy", "no-referrer"); // a page must not pass the link on
        return null;
    }

    /// <summary>Checks whether a route accepts requests from this client.</summary>
    /// <returns>The response if the request is rejected; null if it is allowed.</returns>
    internal static Problem? RefuseOrigin(Request request, Route route)
    {
        if (route.LocalOnly && !RequestOrigin.IsLocal(request.Exchange))
            return Problem.Forbidden("only clients on the daemon's own machine may do this, and not through a proxy");
        // Without tokens, a daemon with jobs listens on loopback only, but a proxy or a DNS name may lead others here.
        if (route.Scope == Scope.Jobs && request.Token is null && !RequestOrigin.IsLocal(request.Exchange))
            return Problem.Forbidden("without access tokens, jobs are for clients on the daemon's own machine that call it localhost");
        return (route.Method != "GET" || route.HasSideEffects) && !route.Policy.AllowsCrossSite && RequestOrigin.IsCrossSite(request.Exchange)
            ? Problem.Forbidden("a page of another site may not do this")
            : null;
    }
}

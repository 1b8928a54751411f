namespace FileStore.Daemon.Http.Access;

/// <summary>Authorizes requests by their tokens and their origins.</summary>
internal static class RequestAuthorization
{
    /// <summary>Checks a request before its path, so that strangers do not learn which paths exist.</summary>
    /// <param name="request">The request, with its route if it has one.</param>
    /// <param name="tokens">The access tokens.</param>
    /// <returns>The response if the request is rejected; null if it is allowed.</returns>
    internal static Problem? RefuseStranger(Request request, AccessTokens tokens)
    {
        if (tokens.Refusal(request) is { } refusal)
            return refusal;
        return tokens.IsOpen && RequestOrigin.IsDnsRebinding(request.Exchange)
            ? Problem.Forbidden("a browser asks under a name that is not this machine's, as a page of an attacker can make it do "
                + "(DNS rebinding): use localhost, the machine's name or its address, or define access tokens; a proxy should send Via")
            : null;
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

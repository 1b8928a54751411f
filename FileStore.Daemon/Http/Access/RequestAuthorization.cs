namespace FileStore.Daemon.Http.Access;

/// <summary>Decides whether a request may do what it asks for, by its token and by where it comes from.</summary>
internal static class RequestAuthorization
{
    /// <summary>Refuses a request before it is known whether there is such a path: paths are no business of strangers. Null if it may go on.</summary>
    /// <param name="request">The request, with its route if it has one.</param>
    /// <param name="tokens">The access tokens.</param>
    internal static Problem? RefuseStranger(Request request, AccessTokens tokens)
    {
        if (tokens.Refusal(request) is { } refusal)
            return refusal;
        return tokens.IsOpen && RequestOrigin.IsDnsRebinding(request.Exchange)
            ? Problem.Forbidden("a browser asks under a name that is not this machine's, as a page of an attacker can make it do "
                + "(DNS rebinding): use localhost, the machine's name or its address, or define access tokens; a proxy should send Via")
            : null;
    }

    /// <summary>Refuses a request that its route does not take from this client. Null if it may go on.</summary>
    internal static Problem? RefuseOrigin(Request request, Route route)
    {
        if (route.LocalOnly && !RequestOrigin.IsLocal(request.Exchange))
            return Problem.Forbidden("only clients on the daemon's own machine may do this, and not through a proxy");
        // Nobody but this machine reaches a daemon that has jobs and no tokens, unless a proxy or a name leads others here.
        if (route.Scope == Scope.Jobs && request.Token is null && !RequestOrigin.IsLocal(request.Exchange))
            return Problem.Forbidden("without access tokens, jobs are for clients on the daemon's own machine that call it localhost");
        return (route.Method != "GET" || route.HasSideEffects) && !route.Policy.AllowsCrossSite && RequestOrigin.IsCrossSite(request.Exchange)
            ? Problem.Forbidden("a page of another site may not do this")
            : null;
    }
}

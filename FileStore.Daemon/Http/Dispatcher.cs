using System.Diagnostics;
using System.Net;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Engines;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>
/// Takes every exchange from its engine to its end: route, access, admission, endpoint, the answer to what went wrong,
/// and one line in the log.
/// </summary>
/// <param name="routes">The routes.</param>
/// <param name="tokens">Who may use which.</param>
/// <param name="maxConcurrent">How many requests are handled at the same time; one more is refused with 503.</param>
/// <param name="counts">Counts it.</param>
/// <param name="access">Where the line goes.</param>
/// <param name="log">Where failures are told.</param>
internal sealed class Dispatcher(RouteTable routes, AccessTokens tokens, int maxConcurrent, HttpMetrics counts, AccessLog access, ILogger log)
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slotsInUse;
    private volatile bool _draining;

    /// <summary>The port of HTTPS, where there is one: the plain port then is for this machine alone. 0 for none.</summary>
    internal int HttpsPort { get; set; }

    /// <summary>Refuses new requests from now on; the task ends when those that run have ended.</summary>
    internal Task DrainAsync()
    {
        _draining = true;
        Interlocked.MemoryBarrier(); // or each side might look before it sees what the other has written
        if (counts.Running == 0)
            _idle.TrySetResult();
        return _idle.Task;
    }

    internal async Task HandleAsync(IHttpExchange exchange)
    {
        var started = Stopwatch.GetTimestamp();
        var request = new Request(exchange, RequestId.New());
        counts.Begin();
        try
        {
            SetCommonHeaders(request);
            if (_draining)
                exchange.CloseConnection();
            try
            {
                await RouteAsync(request);
            }
            catch (ClientGoneException)
            {
                exchange.Abort();
            }
            catch (Exception e)
            {
                ReleaseSlot(request);
                await RespondFailureAsync(request, e);
            }

            ReleaseSlot(request);
            await exchange.CompleteAsync();
        }
        finally
        {
            var time = Stopwatch.GetElapsedTime(started);
            access.Write(exchange.Method, exchange.Target, exchange.Status, exchange.BytesSent, time, exchange.Client, request.Token);
            if (counts.End(request.Route?.Pattern, exchange, time) == 0 && _draining)
                _idle.TrySetResult();
        }
    }

    private static void SetCommonHeaders(Request request)
    {
        request.Exchange.SetHeader("X-Request-Id", request.Id);
        request.Exchange.SetHeader("X-Content-Type-Options", "nosniff");
    }

    private Task RouteAsync(Request request)
    {
        var exchange = request.Exchange;
        if (_draining)
            return request.RespondProblemAsync(Problem.Draining());
        if (exchange.HeadFault is { } fault)
            throw fault;

        if (HttpsPort != 0 && !exchange.IsSecure && !IPAddress.IsLoopback(exchange.Client))
            return SendToHttpsAsync(request);

        var allow = routes.AllowAnywhere;
        if (exchange.Target != "*")
        {
            request.Target = RequestTarget.Parse(exchange.Target);
            if (routes.TryFind(exchange.Method, request.Target.Segments, out var found, out var value, out allow))
                (request.Route, request.PathValue) = (found, value);
        }

        // Before 404 and 405: what there is here is no stranger's business.
        if (tokens.Refusal(request, request.Route?.Scope) is { } refusal)
            return request.RespondProblemAsync(refusal);
        if (tokens.IsOpen && RequestOrigin.IsDnsRebinding(exchange))
        {
            return request.RespondProblemAsync(Problem.Forbidden("a browser asks under a name that is not this machine's, as a page of an attacker can make it do "
                + "(DNS rebinding): use localhost, the machine's name or its address, or define access tokens; a proxy should send Via"));
        }

        if (request.Route is { } route)
            return ServeAsync(request, route);
        if (allow is null)
            return request.RespondProblemAsync(Problem.NotFound("no such path"));
        return exchange.Method == "OPTIONS"
            ? AllowAsync(request, allow)
            : request.RespondProblemAsync(Problem.MethodNotAllowed(exchange.Method, allow));
    }

    private Task ServeAsync(Request request, Route route)
    {
        if (route.LocalOnly && !RequestOrigin.IsLocal(request.Exchange))
            return request.RespondProblemAsync(Problem.Forbidden("this is for clients on the daemon's own machine, and for none behind a proxy"));
        // Nobody but this machine reaches a daemon that has jobs and no tokens, unless a proxy or a name leads others here.
        if (route.Scope == Scope.Jobs && request.Token is null && !RequestOrigin.IsLocal(request.Exchange))
            return request.RespondProblemAsync(Problem.Forbidden("without access tokens, jobs are for clients on the daemon's own machine that call it localhost"));
        if ((route.Method != "GET" || route.HasSideEffects) && RequestOrigin.IsCrossSite(request.Exchange))
            return request.RespondProblemAsync(Problem.Forbidden("a page of another site may not do this"));
        // RFC 9110, 14.5: a part must not be taken for the whole.
        if (route.Method is "PUT" or "POST" && request.Header("Content-Range") is not null)
            return request.RespondProblemAsync(Problem.BadRequest("uploads with Content-Range are not supported: send the whole file in one request"));
        route.RequireParameters(request.Target!);
        return route.BypassesLimit || TryAcquireSlot(request)
            ? route.Handle(request)
            : request.RespondProblemAsync(Problem.Busy($"the daemon handles {maxConcurrent} requests at a time (option --listen)"));
    }

    private Task SendToHttpsAsync(Request request)
    {
        var exchange = request.Exchange;
        if (exchange.Method is not ("GET" or "HEAD") || !RequestOrigin.TryGetHost(exchange, out var host))
            return request.RespondProblemAsync(Problem.Forbidden($"plain HTTP is for clients on the daemon's own machine; HTTPS is on port {HttpsPort}"));
        exchange.SetHeader("Location", $"https://{host.Host}:{HttpsPort}{RequestTarget.ToAscii(exchange.Target)}");
        return request.RespondAsync(308);
    }

    private static Task AllowAsync(Request request, string allow)
    {
        request.Exchange.SetHeader("Allow", allow);
        return request.RespondAsync(200);
    }

    /// <summary>Whether the request is one of those that may be handled now, until it leaves.</summary>
    private bool TryAcquireSlot(Request request)
    {
        request.HoldsSlot = true;
        if (Interlocked.Increment(ref _slotsInUse) <= maxConcurrent)
            return true;
        ReleaseSlot(request); // before the answer, which takes time that is nobody's
        return false;
    }

    private void ReleaseSlot(Request request)
    {
        if (request.HoldsSlot)
            Interlocked.Decrement(ref _slotsInUse);
        request.HoldsSlot = false;
    }

    private async Task RespondFailureAsync(Request request, Exception e)
    {
        var problem = Problem.For(e);
        if (problem is null)
            log.Error(e, "request {Id:l} failed", request.Id);
        else if ((problem.Status >= 500 || request.Exchange.HasStarted) && e is not BadHeadException)
            log.Warning("request {Id:l} failed: {Reason:l}", request.Id, (e.InnerException ?? e).Message);

        if (request.Exchange.HasStarted)
        {
            request.Exchange.Abort(); // the status is out: a cut is all that can still tell the client
            return;
        }

        try
        {
            request.Exchange.ClearHeaders(); // they were those of the answer that failed
            SetCommonHeaders(request);
            await request.RespondProblemAsync(problem ?? Problem.InternalError(request.Id));
        }
        catch (ClientGoneException)
        {
            request.Exchange.Abort();
        }
    }
}

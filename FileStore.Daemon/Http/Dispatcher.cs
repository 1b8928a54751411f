using System.Diagnostics;
using System.Net;
using FileStore.Daemon.Http.Access;
using FileStore.Daemon.Http.Engines;
using Serilog;

namespace FileStore.Daemon.Http;

/// <summary>
/// Takes every exchange from its engine to its end: route, access, limit, handler, the response to a failure, and one line
/// in the access log.
/// </summary>
/// <param name="routes">The routes.</param>
/// <param name="tokens">The access tokens.</param>
/// <param name="links">The signed links.</param>
/// <param name="maxConcurrent">How many requests are handled at the same time; further ones get 503.</param>
/// <param name="metrics">Counts requests.</param>
/// <param name="access">Takes the line.</param>
/// <param name="log">Takes failures.</param>
internal sealed class Dispatcher(RouteTable routes, AccessTokens tokens, SignedLinks links, int maxConcurrent, HttpMetrics metrics, AccessLog access, ILogger log)
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slotsInUse; // a ConcurrencyLimiter would do the same at eight times the cost
    private volatile bool _draining;

    /// <summary>The port of HTTPS; then the plain port is for this machine alone. 0 if there is no HTTPS.</summary>
    internal int HttpsPort { get; set; }

    /// <summary>Refuses new requests from now on; the task ends when the running ones have ended.</summary>
    internal Task DrainAsync()
    {
        _draining = true;
        Interlocked.MemoryBarrier(); // or each side might look before it sees what the other has written
        if (metrics.Running == 0)
            _idle.TrySetResult();
        return _idle.Task;
    }

    internal async Task HandleAsync(IHttpExchange exchange)
    {
        var started = Stopwatch.GetTimestamp();
        var request = new Request(exchange, RequestId.New());
        metrics.Begin();
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
                ReleaseSlot(request); // before the response, which takes as long as its client likes
                await RespondFailureAsync(request, e);
            }

            ReleaseSlot(request);
            await exchange.CompleteAsync();
        }
        finally
        {
            var time = Stopwatch.GetElapsedTime(started);
            access.Write(exchange.Method, exchange.Target, exchange.Status, exchange.BytesSent, time, exchange.Client, request.Token);
            if (metrics.End(request.Route?.Pattern, exchange, time) == 0 && _draining)
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
            return RedirectToHttpsAsync(request);

        var allow = routes.AllowAnywhere;
        if (exchange.Target != "*")
        {
            request.Target = RequestTarget.Parse(exchange.Target);
            if (routes.TryFind(exchange.Method, request.Target.Segments, out var found, out var values, out allow))
                (request.Route, request.PathValues) = (found, values);
        }

        if (RequestAuthorization.RefuseStranger(request, tokens, links) is { } refusal)
            return request.RespondProblemAsync(refusal);
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
        if (RequestAuthorization.RefuseOrigin(request, route) is { } refusal)
            return request.RespondProblemAsync(refusal);
        // RFC 9110, 14.5: a part must not be taken for the whole.
        if (route.Method is "PUT" or "POST" && request.Header("Content-Range") is not null)
            return request.RespondProblemAsync(Problem.BadRequest("uploads with Content-Range are not supported: send the whole file in one request"));
        route.RequireParameters(request.Target!);
        if (!route.BypassesLimit && !TryAcquireSlot(request))
            return request.RespondProblemAsync(Problem.Busy($"the daemon handles {maxConcurrent} requests at a time (option --listen)"));
        return route.Handle(request);
    }

    /// <summary>Counts the request among the concurrent ones, until its slot is released.</summary>
    private bool TryAcquireSlot(Request request)
    {
        request.HoldsSlot = true;
        if (Interlocked.Increment(ref _slotsInUse) <= maxConcurrent)
            return true;
        ReleaseSlot(request);
        return false;
    }

    private void ReleaseSlot(Request request)
    {
        if (request.HoldsSlot)
            Interlocked.Decrement(ref _slotsInUse);
        request.HoldsSlot = false;
    }

    private Task RedirectToHttpsAsync(Request request)
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
        request.Exchange.Status = 200;
        request.Exchange.ResponseLength = 0;
        return Task.CompletedTask;
    }

    private async Task RespondFailureAsync(Request request, Exception e)
    {
        var problem = request.Route?.Map(e) ?? Problem.For(e);
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
            request.Exchange.ClearHeaders(); // they belong to the response that failed
            SetCommonHeaders(request);
            await request.RespondProblemAsync(problem ?? Problem.InternalError(request.Id));
        }
        catch (ClientGoneException)
        {
            request.Exchange.Abort();
        }
    }
}

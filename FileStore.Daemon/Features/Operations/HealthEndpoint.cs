using FileStore.Core.Blobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>
/// Tells a load balancer whether to send requests: GET of <c>/healthz</c>. Anybody may ask, so the store is tried once a
/// second at most, and a store that hangs has one trial waiting for it and no more. While a trial takes its time, as it does on a
/// busy disk, the one before it counts. (While the daemon drains, the dispatcher answers 503 before this is reached.)
/// </summary>
internal sealed class HealthEndpoint(IBlobStore store, TimeProvider time)
{
    private static readonly TimeSpan CacheDuration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private Task<BlobStoreException?>? _trial;
    private Task<BlobStoreException?>? _last;
    private long _triedAt;

    internal async Task CheckAsync(Request request)
    {
        if (await FailureAsync() is { } failure)
        {
            await request.RespondProblemAsync(Problem.Unhealthy(failure));
            return;
        }

        await JsonResponse.RespondAsync(request, 200, new Health("ok"), OperationsJson.Context.Health);
    }

    private async Task<BlobStoreException?> FailureAsync()
    {
        var (trial, last, begun) = Trial();
        try
        {
            return await trial.WaitAsync(last is null ? CheckTimeout : Soon, time);
        }
        catch (TimeoutException)
        {
            return last is not null && time.GetElapsedTime(begun) < CheckTimeout
                ? await last
                : new BlobStoreException(BlobStoreFault.Unavailable, "the store does not answer");
        }
    }

    /// <summary>The trial that counts, the one that ended before it, and when it began.</summary>
    private (Task<BlobStoreException?> Trial, Task<BlobStoreException?>? Last, long Begun) Trial()
    {
        lock (_gate)
        {
            if (_trial is null || (_trial.IsCompleted && time.GetElapsedTime(_triedAt) >= CacheDuration))
            {
                _triedAt = time.GetTimestamp();
                _last = _trial;
                _trial = TryAsync();
            }

            return (_trial, _last, _triedAt);
        }
    }

    private async Task<BlobStoreException?> TryAsync()
    {
        try
        {
            await store.CheckWritableAsync(CancellationToken.None);
            return null;
        }
        catch (BlobStoreException e)
        {
            return e;
        }
    }
}

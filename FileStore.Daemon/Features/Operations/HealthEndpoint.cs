using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>
/// Tells a load balancer whether to send requests: GET of <c>/healthz</c>. Anyone may ask, so the store is checked at most
/// once a second, and by one check at a time, even if it hangs. While a check takes long, as on a busy disk, the previous
/// result counts. (While the daemon drains, the dispatcher responds 503 before this is reached.)
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
        var (trial, last, startedAt) = Trial();
        try
        {
            return await trial.WaitAsync(last is null ? CheckTimeout : Soon, time);
        }
        catch (TimeoutException)
        {
            return last is not null && time.GetElapsedTime(startedAt) < CheckTimeout
                ? await last
                : new BlobStoreException(DiskFault.Unavailable, "the store does not answer");
        }
    }

    /// <summary>The current check, the one that ended before it, and the start of the current one.</summary>
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

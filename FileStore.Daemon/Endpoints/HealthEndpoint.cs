using FileStore.Core.Blobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Endpoints;

/// <summary>
/// Tells a load balancer whether to send requests: GET of <c>/healthz</c>. Anybody may ask, so the store is tried once a
/// second at most, and a store that hangs has one trial waiting for it and no more. (While the daemon drains, the
/// dispatcher answers 503 before this is reached.)
/// </summary>
internal sealed class HealthEndpoint(IBlobStore store, TimeProvider time)
{
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<BlobStoreException?>? _trial;
    private long _triedAt;

    internal async Task CheckAsync(Request request)
    {
        BlobStoreException? failure;
        try
        {
            failure = await Trial().WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            failure = new BlobStoreException(BlobStoreFault.Unavailable, "the store does not answer");
        }

        if (failure is not null)
        {
            await request.RespondProblemAsync(Problem.Unhealthy(failure));
            return;
        }

        await ApiJson.RespondAsync(request, 200, new Health("ok"), ApiJson.Written.Health);
    }

    private Task<BlobStoreException?> Trial()
    {
        lock (_gate)
        {
            if (_trial is null || (_trial.IsCompleted && time.GetElapsedTime(_triedAt) >= Trust))
            {
                _triedAt = time.GetTimestamp();
                _trial = TryAsync();
            }

            return _trial;
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

using FileStore.Core.Blobs;
using FileStore.Daemon.Http;

namespace FileStore.Daemon.Endpoints;

/// <summary>
/// Tells a load balancer whether to send requests: GET of <c>/healthz</c>. Anybody may ask, so the store is tried once a
/// second at most. (While the daemon drains, the dispatcher answers 503 before this is reached.)
/// </summary>
internal sealed class HealthEndpoint(IBlobStore store, TimeProvider time)
{
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private long? _checkedAt;
    private BlobStoreException? _failure;

    internal async Task CheckAsync(Request request)
    {
        if (await FindFailureAsync() is { } failure)
        {
            await request.RespondProblemAsync(Problem.Unhealthy(failure));
            return;
        }

        request.Exchange.SetField("Cache-Control", "no-store");
        await ApiJson.RespondAsync(request, 200, new Health("ok"), ApiJson.Written.Health);
    }

    private async Task<BlobStoreException?> FindFailureAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_checkedAt is { } at && time.GetElapsedTime(at) < Trust)
                return _failure;
            _checkedAt = time.GetTimestamp();
            _failure = null;
            await store.CheckWritableAsync(CancellationToken.None);
        }
        catch (BlobStoreException e)
        {
            _failure = e;
        }
        finally
        {
            _gate.Release();
        }

        return _failure;
    }
}

using FileStore.Daemon.Http;

namespace FileStore.Daemon.Features.Operations;

/// <summary>Stops the daemon: GET of <c>/stop</c>, from its own machine.</summary>
/// <param name="stop">Begins a clean stop, which waits for the response to this request.</param>
internal sealed class StopEndpoint(Action stop)
{
    internal async Task StopAsync(Request request)
    {
        await request.RespondTextAsync(200, "stopping");
        if (!request.IsHead)
            stop();
    }
}

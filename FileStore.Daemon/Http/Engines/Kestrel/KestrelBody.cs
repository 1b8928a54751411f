using FileStore.Core.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FileStore.Daemon.Http.Engines.Kestrel;

/// <summary>The request body as Kestrel decodes it.</summary>
internal sealed class KestrelBody(KestrelExchange exchange, IHttpRequestFeature request) : ReadOnlyStream
{
    private WatchedTransfer? _receiving;
    private bool _isEndReached;

    internal long Count { get; private set; }

    internal bool IsBroken { get; private set; }

    internal bool IsAtEnd => _isEndReached || !exchange.HasBody || Count == exchange.ContentLength;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || IsAtEnd)
            return 0;
        try
        {
            var reading = request.Body.ReadAsync(buffer, cancellationToken);
            var isImmediate = reading.IsCompleted;
            var count = isImmediate
                ? await reading
                : await (_receiving ??= exchange.Watch(sending: false)).WaitAsync(reading.AsTask());
            if (isImmediate)
                _receiving?.AddImmediate(count);
            _isEndReached = count == 0;
            Count += count;
            return count;
        }
        catch (Exception e) when (KestrelExchange.IsClientGone(e) || e is InvalidOperationException) // InvalidOperationException: a NUL in a trailer
        {
            IsBroken = true;
            throw new BodyCutException(e is BadHttpRequestException ? e.Message : "the request's body was cut short", e);
        }
    }
}

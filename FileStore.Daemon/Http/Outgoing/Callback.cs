using System.Text;
using Polly;
using Polly.Retry;
using Serilog;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>
/// Notifies a URL by GET. It tries three times with growing delays, each with a timeout. A status below 500 counts as
/// success, and redirects are not followed. Failures are only logged.
/// </summary>
internal sealed class Callback
{
    private const int MaxShownBytes = 200;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);

    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<string?> _retries;

    internal Callback(ILogger log, TimeProvider time)
    {
        (_log, _time) = (log, time);
        _retries = new ResiliencePipelineBuilder<string?> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<string?>
            {
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome is { Exception: null, Result: null }),
                MaxRetryAttempts = 2,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(2), // then 4
            })
            .Build();
    }

    /// <summary>Sends the notification.</summary>
    /// <returns>The outcome in one line.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal async Task<string> SendAsync(CallbackTarget target, CancellationToken ct) =>
        await _retries.ExecuteAsync(async token => await AttemptAsync(target, token), ct) ?? $"callback {LoggedUrl(target)} failed";

    /// <returns>The outcome; null if another attempt makes sense.</returns>
    private async Task<string?> AttemptAsync(CallbackTarget target, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(AttemptTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            using var client = OutgoingConnection.NewClient(ConnectTimeout, target.Addresses);
            using var request = new HttpRequestMessage(HttpMethod.Get, target.Url) { Headers = { ConnectionClose = true } };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var status = (int)response.StatusCode;
            var outcome = $"callback {LoggedUrl(target)} answered {status}: {await ReadBeginningAsync(response, both.Token)}";
            if (status < 500)
            {
                _log.Information("{Outcome:l}", outcome);
                return outcome;
            }

            _log.Warning("{Outcome:l}", outcome);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            _log.Warning("callback {Url:l} failed: {Reason:l}", LoggedUrl(target),
                timeout.IsCancellationRequested ? $"no response within {AttemptTimeout.TotalSeconds} s" : OutgoingFault.Printable(e.GetBaseException().Message));
        }

        return null;
    }

    /// <summary>The first bytes of the body as one line, or what was received in time.</summary>
    private static async Task<string> ReadBeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var buffer = new byte[MaxShownBytes];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            int count;
            while (length < buffer.Length && (count = await body.ReadAsync(buffer.AsMemory(length), ct)) > 0)
                length += count;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status counts, and was received.
        }

        return OutgoingFault.Printable(Encoding.UTF8.GetString(buffer, 0, length));
    }

    /// <summary>The URL as it is logged: without secrets that the caller may have put into it.</summary>
    private static string LoggedUrl(CallbackTarget target) => AccessLog.Escape(target.Url.OriginalString);
}

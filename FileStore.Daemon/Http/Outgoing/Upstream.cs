using System.Security.Authentication;
using FileStore.Core.Primitives;
using Polly;
using Polly.Retry;
using Serilog;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>
/// The API that uploads are forwarded to. A request is retried only if none of it was sent, so that nothing is posted
/// twice. Members may be called from any number of threads.
/// </summary>
internal sealed class Upstream
{
    private const int MaxNameShown = 255;

    private readonly UpstreamOptions _options;
    private readonly CertificateTrust _trust;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ResiliencePipeline _retries;

    /// <param name="options">The options, with <see cref="UpstreamOptions.Url"/> set.</param>
    /// <param name="trust">The trusted certificates.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal Upstream(UpstreamOptions options, CertificateTrust trust, TimeProvider time, ILogger log)
    {
        (_options, _trust, _time, _log) = (options, trust, time, log);
        _retries = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<NothingSentException>(),
                MaxRetryAttempts = 2,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(0.5), // then 1
            })
            .Build();
    }

    /// <summary>Posts a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Reads the response and its body, which are disposed afterwards.</param>
    /// <exception cref="ProblemException">502: there was no complete response. 504: it timed out.</exception>
    internal async Task<T> PostAsync<T>(ForwardedFile file, Func<HttpResponseMessage, Stream, CancellationToken, Task<T>> read)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _time);
        var startedAt = _time.GetTimestamp();
        try
        {
            var (client, response) = await _retries.ExecuteAsync(async ct => await AttemptAsync(file, ct), timeout.Token);
            using var connection = client;
            using var message = response;
            _log.Information("relayed {Name:l}, {Size} B, to {Url:l}: {Status} in {Seconds:0.0} s",
                LoggedName(file), file.Content.Length, Origin, (int)response.StatusCode, _time.GetElapsedTime(startedAt).TotalSeconds);
            OutgoingFault.RequireValidLength(response);
            await using var body = await response.Content.ReadAsStreamAsync(timeout.Token);
            return await read(response, body, timeout.Token);
        }
        catch (Exception e) when (timeout.IsCancellationRequested || OutgoingFault.IsOutgoingFault(e))
        {
            var fault = timeout.IsCancellationRequested
                ? new OutgoingFault(504, $"did not respond within {_options.Timeout.TotalSeconds} s")
                : OutgoingFault.Of(e);
            throw fault.ToProblem("the upstream", $"{LoggedName(file)} could not be relayed: {Origin}", e);
        }
    }

    private static string LoggedName(ForwardedFile file) => OutgoingFault.Printable(ShortText.Shown(file.FileName, MaxNameShown));

    /// <summary>The upstream without the path of its URL, which may be a secret, as for webhooks.</summary>
    private string Origin => $"{_options.Url!.Scheme}://{_options.Url.Authority}";

    /// <exception cref="NothingSentException">It failed before anything was sent, and may succeed another time.</exception>
    private async Task<(HttpClient Client, HttpResponseMessage Response)> AttemptAsync(ForwardedFile file, CancellationToken ct)
    {
        EarlyResponseStream? connection = null;
        var client = OutgoingConnection.NewClient(_options.ConnectTimeout, addresses: null, _trust, stream => connection = new EarlyResponseStream(stream));
        try
        {
            using var form = ForwardedForm.Of(file, () => connection?.IsRefused == true);
            using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = form, Headers = { ConnectionClose = true } };
            foreach (var (name, value) in _options.Headers)
                request.Headers.TryAddWithoutValidation(name, value);
            return (client, await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct));
        }
        catch (Exception e)
        {
            client.Dispose();
            if (connection?.HasSent != true && e is HttpRequestException { InnerException: not AuthenticationException } failure)
                throw new NothingSentException(failure);
            throw;
        }
    }

    private sealed class NothingSentException(HttpRequestException cause) : HttpRequestException(cause.HttpRequestError, cause.Message, cause);
}

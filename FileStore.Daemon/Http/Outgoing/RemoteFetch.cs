using System.Net;
using System.Net.Sockets;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>A file of another host that is being received.</summary>
/// <param name="Name">The name in its response, or else in its URL; may be empty.</param>
/// <param name="ContentType">The media type in its response; null if there is none.</param>
/// <param name="Length">The length in bytes; null if unknown.</param>
/// <param name="Content">The content. Its end is reached only if it arrived completely.</param>
internal sealed record RemoteFile(string Name, string? ContentType, long? Length, Stream Content);

/// <summary>
/// Fetches files from the hosts that the policy allows, also after redirects. It sends no credentials, and no headers of
/// the client.
/// </summary>
/// <param name="policy">The allowed hosts.</param>
/// <param name="trust">The trusted certificates.</param>
/// <param name="connectTimeout">The timeout of connecting.</param>
/// <param name="timeout">The timeout of the whole fetch.</param>
/// <param name="time">The clock.</param>
internal sealed class RemoteFetch(RemoteFetchPolicy policy, CertificateTrust trust, TimeSpan connectTimeout, TimeSpan timeout, TimeProvider time)
{
    private const int MaxRedirects = 5;

    /// <summary>Fetches a file.</summary>
    /// <param name="url">Its URL.</param>
    /// <param name="read">Reads the file, which is closed afterwards.</param>
    /// <exception cref="ProblemException">403: it is not allowed. 404: it does not exist. 502, 504: the fetch failed.</exception>
    internal async Task<T> GetAsync<T>(Uri url, Func<RemoteFile, Task<T>> read)
    {
        using var timeoutSource = new CancellationTokenSource(timeout, time);
        try
        {
            var next = url;
            for (var hop = 0; hop <= MaxRedirects; hop++)
            {
                using var client = OutgoingConnection.NewClient(connectTimeout, await policy.AuthorizeAsync(next, timeoutSource.Token), trust);
                using var request = new HttpRequestMessage(HttpMethod.Get, next) { Headers = { ConnectionClose = true } };
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeoutSource.Token);
                if (TryRedirect(response, next) is { } target)
                {
                    next = target;
                    continue;
                }

                RequireSuccess(response, next);
                OutgoingFault.RequireValidLength(response);
                await using var body = await response.Content.ReadAsStreamAsync(timeoutSource.Token);
                return await read(new RemoteFile(NameOf(response) ?? NameOf(url), response.Content.Headers.ContentType?.ToString(), response.Content.Headers.ContentLength,
                    new RemoteStream(body, timeoutSource.Token)));
            }

            throw Failure(next, new OutgoingFault(502, $"redirects more than {MaxRedirects} times"));
        }
        catch (Exception e) when (timeoutSource.IsCancellationRequested || OutgoingFault.IsOutgoingFault(e) || e is SocketException)
        {
            throw Failure(url, timeoutSource.IsCancellationRequested ? new OutgoingFault(504, $"did not send the whole file within {timeout.TotalSeconds} s")
                : e is SocketException ? new OutgoingFault(502, "has a name that does not resolve")
                : OutgoingFault.Of(e), e);
        }
    }

    /// <summary>The file name in a response; null if there is none that can be forwarded.</summary>
    private static string? NameOf(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Disposition", out var headers)
            ? DispositionHeader.Parse(DispositionHeader.Text(headers.First()))?.FileNames(isForm: false).FirstOrDefault(name => !name.Any(char.IsControl))
            : null;

    /// <summary>The last segment of a URL's path.</summary>
    internal static string NameOf(Uri url) => Uri.UnescapeDataString(url.AbsolutePath.Split('/')[^1]);

    private static Uri? TryRedirect(HttpResponseMessage response, Uri from) =>
        response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect && Uri.TryCreate(from, response.Headers.Location, out var target)
            ? target
            : null;

    private static void RequireSuccess(HttpResponseMessage response, Uri url)
    {
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            throw new ProblemException(Problem.NotFound("the remote host has no such file"));
        if (response.StatusCode != HttpStatusCode.OK)
            throw Failure(url, new OutgoingFault(502, $"answered {(int)response.StatusCode}"));
    }

    private static ProblemException Failure(Uri url, OutgoingFault fault, Exception? cause = null) =>
        fault.ToProblem("the remote host", $"{AccessLog.Escape(url.GetLeftPart(UriPartial.Path))} could not be fetched: the host", cause);

    /// <summary>The response body, which fails after the timeout.</summary>
    private sealed class RemoteStream(Stream body, CancellationToken timedOut) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => body.ReadAsync(buffer, timedOut);
    }
}

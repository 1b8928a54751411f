using System.Net;
using System.Net.Sockets;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>A file of somebody else's, as it comes.</summary>
/// <param name="Name">What the other side calls it, or else its URL; empty if neither does.</param>
/// <param name="ContentType">The media type that the other side says; null if it says none.</param>
/// <param name="Length">How many bytes there will be; null if that is not known.</param>
/// <param name="Content">The bytes. Its end is reached only if they came whole.</param>
internal sealed record RemoteFile(string Name, string? ContentType, long? Length, Stream Content);

/// <summary>
/// Fetches files from other hosts: those that the guard admits, also where a redirect leads. No credentials and no fields
/// of ours or of a client go along.
/// </summary>
/// <param name="policy">What may be fetched.</param>
/// <param name="trust">Which certificates are believed.</param>
/// <param name="connectTimeout">How long connecting may take.</param>
/// <param name="timeout">How long it may take in all.</param>
/// <param name="time">The clock.</param>
internal sealed class RemoteFetch(RemoteFetchPolicy policy, CertificateTrust trust, TimeSpan connectTimeout, TimeSpan timeout, TimeProvider time)
{
    private const int MaxRedirects = 5;

    /// <summary>Fetches a file.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="read">Reads it; it is gone afterwards.</param>
    /// <exception cref="ProblemException">403: it is not allowed. 404: there is none. 502, 504: it failed.</exception>
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
            throw Failure(url, timeoutSource.IsCancellationRequested ? new OutgoingFault(504, $"did not send all of it in {timeout.TotalSeconds} s")
                : e is SocketException ? new OutgoingFault(502, "has a name that leads to no address")
                : OutgoingFault.Of(e), e);
        }
    }

    /// <summary>The name that a response gives its file; null if it gives none that could be passed on.</summary>
    private static string? NameOf(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Disposition", out var fields)
            ? DispositionHeader.Parse(DispositionHeader.Text(fields.First()))?.FileNames(isForm: false).FirstOrDefault(name => !name.Any(char.IsControl))
            : null;

    /// <summary>The last part of a URL's path.</summary>
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

    /// <summary>The body, for as long as there is time.</summary>
    private sealed class RemoteStream(Stream body, CancellationToken timeoutSource) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => body.ReadAsync(buffer, timeoutSource);
    }
}

using System.Net;
using System.Text;
using FileStore.Core.Blobs;
using FileStore.Core.Primitives;
using FileStore.Core.Relay;
using FileStore.Daemon.Http;
using FileStore.Daemon.Http.Outgoing;
using FileStore.Daemon.Http.Semantics;

namespace FileStore.Daemon.Features.Relay;

/// <summary>Receives files, checks them against the rules, forwards them, and responds as the upstream does.</summary>
/// <param name="store">Holds files while they are checked and sent.</param>
/// <param name="rules">The rules.</param>
/// <param name="upstream">The server that gets the files; null if none is configured.</param>
/// <param name="maxUpload">The largest file in bytes; 0 for no limit.</param>
/// <param name="bufferSize">Bytes of an I/O buffer.</param>
internal sealed class Forwarder(IBlobStore store, UploadRules rules, Upstream? upstream, long maxUpload, int bufferSize)
{
    private const int InMemory = 64 << 10;
    private const long MaxResponse = 100_000_000;

    // Headers that describe the body, or tell the client how to go on. The others concern the connection to the upstream.
    private static readonly string[] ForwardedHeaders =
        ["Content-Type", "Content-Language", "Content-Encoding", "Content-Disposition", "Location", "Retry-After", "WWW-Authenticate"];

    /// <exception cref="ProblemException">404: no upstream is configured.</exception>
    internal void RequireUpstream()
    {
        if (upstream is null)
            throw new ProblemException(Problem.NotFound("forwarding is off: the daemon was started without --upstream URL"));
    }

    /// <exception cref="RuleViolationException">The name is not allowed.</exception>
    internal void RequireName(string fileName) => rules.RequireName(fileName);

    /// <summary>Receives a file, up to its size limit.</summary>
    /// <param name="content">Its bytes.</param>
    /// <param name="size">Its size in bytes; null if it is not known.</param>
    /// <param name="max">How many bytes come at most; null if that is not known either.</param>
    /// <exception cref="RuleViolationException">It is larger than the rules allow.</exception>
    /// <exception cref="LimitExceededException">It is larger than uploads may be.</exception>
    internal async Task<IncomingBlob> ReceiveAsync(Stream content, long? size, long? max)
    {
        rules.RequireSize(size);
        if (maxUpload > 0 && size > maxUpload)
            throw new LimitExceededException(maxUpload);
        var limit = maxUpload == 0 || (rules.MaxSize > 0 && rules.MaxSize < maxUpload) ? rules.MaxSize : maxUpload;
        try
        {
            return await store.ReceiveAsync(BodyReader.WithLimit(content, limit), size ?? (limit > 0 && max > limit ? limit : max), CancellationToken.None);
        }
        catch (LimitExceededException e) when (e.Limit == rules.MaxSize)
        {
            rules.RequireSize(e.Limit + 1);
            throw;
        }
    }

    /// <summary>Checks a file, forwards it, and responds as the upstream did.</summary>
    /// <param name="request">The request.</param>
    /// <param name="form">The file.</param>
    /// <param name="isKept">Whether the file stays in the store.</param>
    /// <exception cref="RuleViolationException">It breaks a rule. Nothing was sent or kept.</exception>
    internal async Task ForwardAsync(Request request, OneFileForm form, bool isKept)
    {
        await using var content = await form.File.OpenAsync(CancellationToken.None);
        await rules.RequireContentAsync(content, CancellationToken.None);
        if (isKept)
            await UploadReceiver.CommitAsync(form.File);
        var file = new ForwardedFile(form.FieldName, form.FileName, form.ContentType, content, form.OtherFields);
        await using var answer = await upstream!.PostAsync(file, ReadAsync);
        await answer.SendAsync(request, bufferSize);
    }

    /// <summary>Reads the whole response before the client gets anything: one that breaks off is a failure.</summary>
    private async Task<UpstreamResponse> ReadAsync(HttpResponseMessage message, Stream body, CancellationToken ct)
    {
        var status = (int)message.StatusCode;
        if (status is < 200 or > 599)
            throw new ProblemException(new Problem(502, $"the upstream received the file and responded with the invalid status {status}"));
        var fields = message.Headers.NonValidated.Concat(message.Content.Headers.NonValidated)
            .Where(field => ForwardedHeaders.Contains(field.Key, StringComparer.OrdinalIgnoreCase))
            .Select(field => (Name: field.Key, Value: InAscii(field.Key, field.Value.ToString())))
            .Where(field => field.Value.All(character => character is >= ' ' and <= '~')).ToList(); // an engine sends no others
        var held = new byte[InMemory];
        var length = await body.ReadAtLeastAsync(held, held.Length, throwOnEndOfStream: false, ct);
        if (length < held.Length)
            return new UpstreamResponse(status, fields, held.AsMemory(0, length), null);
        try
        {
            return new UpstreamResponse(status, fields, default, await store.ReceiveAsync(new LimitedReadStream(new JoinedStream(held, body), MaxResponse), null, ct));
        }
        catch (Exception e) when (e is LimitExceededException or BlobStoreException)
        {
            // Not 507: what the client has sent was taken, and is not to be sent again.
            throw new ProblemException(new Problem(502, $"the upstream received the file and responded {status}, but its response "
                + (e is LimitExceededException ? $"is longer than {MaxResponse} bytes" : "could not be stored here")), e);
        }
    }

    /// <summary>A header of the upstream in ASCII, where its meaning can be kept so: some servers write names as they are.</summary>
    private static string InAscii(string name, string value) => value.All(char.IsAscii) ? value
        : name.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase) ? ContentDisposition.ToAscii(value) ?? value
        : name.Equals("Location", StringComparison.OrdinalIgnoreCase) ? RequestTarget.ToAscii(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value))) // which the library reads as UTF-8
        : value;

    /// <summary>A response of the upstream. A body that is too long for memory is on disk until it is disposed.</summary>
    private sealed record UpstreamResponse(int Status, List<(string Name, string Value)> Fields, ReadOnlyMemory<byte> Body, IncomingBlob? LongBody) : IAsyncDisposable
    {
        internal async Task SendAsync(Request request, int bufferSize)
        {
            foreach (var (name, value) in Fields)
                request.Exchange.SetHeader(name, value);
            request.Exchange.SetHeader("Cache-Control", "no-store");
            request.Exchange.SetHeader("Content-Security-Policy", request.Policy.ContentSecurityPolicy);
            var status = Status == (int)HttpStatusCode.ResetContent ? 200 : Status; // with 205, its body would be lost (RFC 9110, 15.3.6)
            if (LongBody is null)
            {
                await request.RespondAsync(status, null, Body);
                return;
            }

            await using var content = await LongBody.OpenAsync(CancellationToken.None);
            request.Exchange.Status = status;
            request.Exchange.ResponseLength = content.Length;
            await BodyWriter.WriteAsync(request.Exchange, content, new ByteRange(0, content.Length), bufferSize);
        }

        public ValueTask DisposeAsync() => LongBody?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>A request's body with the promises and limits that hold for it built in.</summary>
internal static class BodyReader
{
    /// <summary>
    /// The body as a stream whose end is reached only if it came whole and had the digests that the request promised.
    /// Disposing it leaves the exchange alone.
    /// </summary>
    /// <exception cref="ProblemException">400: a digest field is malformed.</exception>
    internal static Stream Open(Request request) => new DigestCheckStream(request.Exchange.Body, DigestHeaders.Expected(request));

    /// <summary>Bytes of one upload, with more than <paramref name="limit"/> refused; 0 is no limit.</summary>
    internal static Stream WithLimit(Stream upload, long limit) => limit > 0 ? new LimitedReadStream(upload, limit) : upload;

    /// <summary>Reads what is left, so that the end is known to have come.</summary>
    internal static async Task DrainAsync(Stream body)
    {
        var buffer = new byte[8 << 10];
        while (await body.ReadAsync(buffer) > 0)
        {
        }
    }
}

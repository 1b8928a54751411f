using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>Request bodies with their digests and limits enforced.</summary>
internal static class BodyReader
{
    /// <summary>
    /// The request body. Its end is reached only if the body is complete and has the digests that the request states.
    /// Disposing it leaves the exchange open.
    /// </summary>
    /// <exception cref="ProblemException">400: a digest header is malformed.</exception>
    internal static Stream Open(Request request) => new DigestCheckStream(request.Exchange.Body, DigestHeaders.Expected(request));

    /// <summary>Limits an upload to a number of bytes; 0 for no limit.</summary>
    internal static Stream WithLimit(Stream upload, long limit) => limit > 0 ? new LimitedReadStream(upload, limit) : upload;

    /// <summary>Reads to the end and discards the data, so that the end is verified.</summary>
    internal static async Task DrainAsync(Stream body)
    {
        var buffer = new byte[8 << 10];
        while (await body.ReadAsync(buffer) > 0)
        {
        }
    }
}

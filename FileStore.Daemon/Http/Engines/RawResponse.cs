using System.Text;

namespace FileStore.Daemon.Http.Engines;

/// <summary>Responses to connections whose request could not be read, as the bytes of HTTP/1.1.</summary>
internal static class RawResponse
{
    /// <summary>A problem (RFC 9457), after which the connection is to be closed.</summary>
    internal static byte[] Of(int status, string detail)
    {
        var id = RequestId.New();
        var body = new Problem(status, detail).ToJson(id);
        var head = $"""
            HTTP/1.1 {status} {Problem.Title(status)}
            Server: filestore
            Date: {DateTimeOffset.UtcNow:R}
            Content-Type: {Problem.ContentType}
            Content-Length: {body.Length}
            X-Content-Type-Options: nosniff
            X-Request-Id: {id}
            Cache-Control: no-store
            Connection: close
            """.ReplaceLineEndings("\r\n") + (status == 503 ? "\r\nRetry-After: 1" : "") + "\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}

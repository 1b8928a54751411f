using System.Net;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http;

/// <summary>
/// A request and its response, on either engine. The response's headers are sent with the first bytes of its body, or by
/// <see cref="CompleteAsync"/> if it has no body. Set <see cref="ResponseLength"/> before: a client could not tell that a
/// response of unknown length was cut.
/// </summary>
internal interface IHttpExchange
{
    string Method { get; }

    /// <summary>A rule that the head breaks, so that the request has to be refused; null if there is none.</summary>
    BadHeadException? HeadFault { get; }

    /// <summary>The request target as it came, one character a byte (Latin-1), in origin-form or <c>*</c>.</summary>
    string Target { get; }

    /// <summary>A request header; several of one name are joined by commas (RFC 9110, 5.3). Null if absent.</summary>
    string? Header(string name);

    /// <summary>The address of the other end of the connection, whatever the headers say; IPv4 is not mapped to IPv6.</summary>
    IPAddress Client { get; }

    /// <summary>
    /// Whether the client has closed its side. It may still read (RFC 9112, 9.6), so ask this only before long work.
    /// </summary>
    bool HasClientLeft { get; }

    /// <summary>Whether the request came over HTTP/1.0 or 1.1. Only there is <c>Connection</c> a header (RFC 9113, 8.2.2).</summary>
    bool IsHttp1 { get; }

    /// <summary>Whether the connection is encrypted.</summary>
    bool IsSecure { get; }

    /// <summary>The announced length of the request's body in bytes; null if none was announced.</summary>
    long? ContentLength { get; }

    /// <summary>
    /// Whether the request has a body: announced with a length above 0, or chunked. HTTP/2 announces none, so that its
    /// body may turn out to be empty.
    /// </summary>
    bool HasBody { get; }

    /// <summary>Whether the body is chunked, which makes even an empty one a body.</summary>
    bool IsChunked { get; }

    /// <summary>
    /// The request's body. Its end is reached only if it came whole.
    /// Reading throws <see cref="BodyCutException"/> when it was cut short, or came too slowly.
    /// </summary>
    Stream Body { get; }

    /// <summary>Bytes of the request's body that were read so far.</summary>
    long BytesReceived { get; }

    /// <summary>The status. Setting it sets the reason phrase too.</summary>
    int Status { get; set; }

    /// <summary>Sets another reason phrase than the status has (RFC 9112, 4): printable ASCII. HTTP/2 has none.</summary>
    void SetReason(string reason);

    /// <summary>The length of the response's body in bytes; for HEAD, the length GET would have.</summary>
    long ResponseLength { get; set; }

    /// <summary>Whether the response's headers have been sent, so that they cannot be changed.</summary>
    bool HasStarted { get; }

    /// <summary>Bytes of the response's body written so far.</summary>
    long BytesSent { get; }

    /// <summary>Sets a response header. Values with control characters are refused: <see cref="ArgumentException"/>, on Kestrel <see cref="InvalidOperationException"/>.</summary>
    void SetHeader(string name, string value);

    /// <summary>Removes all response headers.</summary>
    void ClearHeaders();

    /// <summary>Lets the client pause for minutes while it reads the response: it is a proxy that waits for its own client.</summary>
    void RelaxReadTimeout();

    /// <summary>Closes the connection after this response.</summary>
    void CloseConnection();

    /// <summary>Writes bytes of the response's body.</summary>
    /// <exception cref="ClientGoneException">The client left, or read too slowly.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// Writes bytes of a file without reading them first, as many as need no waiting. What is left has to be written as
    /// usual.
    /// </summary>
    /// <returns>How many bytes were written; 0 where an engine cannot do this.</returns>
    /// <exception cref="ClientGoneException">The client left, or read too slowly.</exception>
    ValueTask<long> WriteFromAsync(OpenContent content, long offset, long count);

    /// <summary>
    /// Ends the exchange. If the request's body was not read, the connection is closed, but only after the client
    /// had time to read the response.
    /// </summary>
    Task CompleteAsync();

    /// <summary>Cuts the connection, so that the client sees that the response is incomplete.</summary>
    void Abort();
}

/// <summary>Carries HTTP for the daemon. Made started; lives as long as the process.</summary>
internal interface IHttpEngine
{
    /// <summary>Where it listens.</summary>
    IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>Refuses new connections from now on; those that are open go on, and the port is free.</summary>
    void StopAccepting();

    /// <summary>Closes the connections, when the kernel has every byte of every response. Called when all requests have ended.</summary>
    Task EndAsync();
}

/// <summary>The request's body ended before its announced end, was malformed, or came too slowly.</summary>
internal sealed class BodyCutException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The client has closed the connection.</summary>
internal sealed class ClientGoneException(Exception inner) : Exception("the client left before the answer's end", inner);

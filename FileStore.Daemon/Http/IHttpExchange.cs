using System.Net;
using FileStore.Core.Primitives;
using FileStore.Daemon.Http.Engines;

namespace FileStore.Daemon.Http;

/// <summary>
/// One request and its answer, whatever engine carries it. The answer's head goes out with its first bytes, or with
/// <see cref="CompleteAsync"/> if it has none; <see cref="ResponseLength"/> must be set before, since an answer of
/// unknown length could be cut without the client seeing it.
/// </summary>
internal interface IHttpExchange
{
    string Method { get; }

    /// <summary>A rule that the head breaks, so that the request has to be refused; null if there is none.</summary>
    BadHeadException? HeadFault { get; }

    /// <summary>The request target as it came, one character a byte (Latin-1), in origin-form or <c>*</c>.</summary>
    string Target { get; }

    /// <summary>A request field, several of one name joined by commas (RFC 9110, 5.3); null if absent.</summary>
    string? Header(string name);

    /// <summary>The other end of the connection, whatever the request's fields say: IPv4 as such, also on an IPv6 socket.</summary>
    IPAddress Client { get; }

    /// <summary>
    /// Whether the client has closed its side. It may still read (RFC 9112, 9.6), so this is to be asked only where much
    /// work is to be done before there is an answer.
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

    /// <summary>The length of the answer's body in bytes; for HEAD, the length GET would have.</summary>
    long ResponseLength { get; set; }

    /// <summary>Whether the head of the answer is out, so that nothing of it can be changed.</summary>
    bool HasStarted { get; }

    /// <summary>Bytes of the answer's body that were written so far.</summary>
    long BytesSent { get; }

    /// <summary>Sets a field of the answer. Values with control characters are refused: <see cref="ArgumentException"/>, on Kestrel <see cref="InvalidOperationException"/>.</summary>
    void SetHeader(string name, string value);

    /// <summary>Forgets the fields set so far.</summary>
    void ClearHeaders();

    /// <summary>Lets the client pause for minutes while it reads the answer: it is a proxy that waits for a client of its own.</summary>
    void RelaxReadTimeout();

    /// <summary>Closes the connection after this answer.</summary>
    void CloseConnection();

    /// <summary>Writes bytes of the answer's body.</summary>
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
    /// had time to read the answer.
    /// </summary>
    Task CompleteAsync();

    /// <summary>Cuts the connection, so that the client sees that the answer is not whole.</summary>
    void Abort();
}

/// <summary>Carries HTTP for the daemon. Made started; lives as long as the process.</summary>
internal interface IHttpEngine
{
    /// <summary>Where it listens.</summary>
    IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>Refuses new connections from now on; those that are open go on, and the port is free.</summary>
    void StopAccepting();

    /// <summary>Ends the connections, once every request has been answered: completes when answers are in the kernel's hands, to their last byte.</summary>
    Task EndAsync();
}

/// <summary>The request's body ended before its announced end, was malformed, or came too slowly.</summary>
internal sealed class BodyCutException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The client is not there any more to read the answer.</summary>
internal sealed class ClientGoneException(Exception inner) : Exception("the client left before the answer's end", inner);

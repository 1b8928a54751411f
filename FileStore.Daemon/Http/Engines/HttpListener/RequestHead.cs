using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// A request head: parsed by Kestrel's parser and checked against those framing and Host rules of RFC 9112 whose neglect
/// enables request smuggling.
/// </summary>
internal sealed class RequestHead : IHttpRequestLineHandler, IHttpHeadersHandler
{
    /// <summary>The most bytes of a head, with its empty line.</summary>
    internal const int MaxLength = 32 << 10;

    /// <summary>The most bytes of the request line.</summary>
    internal const int MaxRequestLine = 16 << 10;

    internal const int MaxHeaders = 100;

    private static readonly HttpParser<RequestHead> Parser = new(showErrorDetails: true);

    // What HttpListener gets for nearly all requests.
    private static readonly byte[] DefaultHead = new RequestHead().WriteForHttpListener();

    private readonly HeaderList _headers = new();
    private int _headerCount;

    private RequestHead()
    {
    }

    internal string Method { get; private set; } = "";

    internal string Target { get; private set; } = "";

    internal long? ContentLength { get; private set; }

    internal bool IsChunked { get; private set; }

    internal bool ExpectsContinue { get; private set; }

    /// <summary>Whether the client wants the connection closed after the response (RFC 9112, 9.3).</summary>
    internal bool IsLast { get; private set; }

    internal bool IsHttp10 { get; private set; }

    internal string? Header(string name) => _headers.Find(name);

    /// <summary>Parses a head that ends with its empty line.</summary>
    /// <exception cref="BadHeadException">It violates a rule.</exception>
    internal static RequestHead Parse(ReadOnlyMemory<byte> bytes)
    {
        // Some parsers accept a lone LF as a line end. A line must not be one to them and two to us.
        if (bytes.Span.Count((byte)'\n') != bytes.Span.Count("\r\n"u8))
            throw new BadHeadException(400, "lines must end with CR LF");

        var head = new RequestHead();
        try
        {
            var reader = new SequenceReader<byte>(new ReadOnlySequence<byte>(bytes));
            if (!Parser.ParseRequestLine(head, ref reader) || !Parser.ParseHeaders(head, ref reader) || !reader.End)
                throw new BadHeadException(400, "the request's head is malformed");
        }
        catch (BadHttpRequestException e)
        {
            // A malformed version is a bad request, not an unsupported version.
            throw new BadHeadException(e.StatusCode == 505 && !HeadRules.NamesVersion(bytes.Span[..bytes.Span.IndexOf((byte)'\r')]) ? 400 : e.StatusCode, e.Message);
        }

        head.Target = HeadRules.OriginForm(head.Method, head.Target, out var authority);
        head.CheckHost();
        if (authority is not null)
            head._headers.Set("Host", authority);
        head.CheckFraming();
        head.IsLast = head.Header("Connection") is { } connection
            ? HasToken(connection, "close") || (head.IsHttp10 && !HasToken(connection, "keep-alive"))
            : head.IsHttp10;
        return head;
    }

    /// <summary>
    /// The minimal head for HttpListener, which knows nothing else of the request. It always is a GET without a body,
    /// because HttpListener treats other methods in its own ways.
    /// </summary>
    internal byte[] ForHttpListener() => IsLast || IsHttp10 ? WriteForHttpListener() : DefaultHead;

    private byte[] WriteForHttpListener()
    {
        var text = new StringBuilder(96).Append(IsHttp10 ? "GET / HTTP/1.0\r\nHost: h\r\n" : "GET / HTTP/1.1\r\nHost: h\r\n");
        if (IsLast)
            text.Append("Connection: close\r\n");
        else if (IsHttp10)
            text.Append("Connection: keep-alive\r\n");
        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
    {
        IsHttp10 = versionAndMethod.Version == HttpVersion.Http10;
        Method = Encoding.Latin1.GetString(startLine[..versionAndMethod.MethodEnd]);
        Target = Encoding.Latin1.GetString(startLine[targetPath.Offset..]);
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (++_headerCount > MaxHeaders)
            throw new BadHeadException(431, $"the head of the request has more than {MaxHeaders} headers");
        var key = Encoding.Latin1.GetString(name);
        var text = Encoding.Latin1.GetString(value);
        HeadRules.CheckName(key);
        HeadRules.CheckValue(key, text);
        if (_headers.TryAdd(key, text))
            return;
        if (key.Equals("Host", StringComparison.OrdinalIgnoreCase) || key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            throw new BadHeadException(400, $"the header {key} occurs twice");
        _headers.Set(key, $"{_headers.Find(key)}, {text}");
    }

    public void OnHeadersComplete(bool endStream)
    {
    }

    public void OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/2 only");

    public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new NotSupportedException("HTTP/2 only");

    private void CheckHost()
    {
        var host = Header("Host");
        if (host is null ? !IsHttp10 : !HeadRules.IsHost(host))
            throw new BadHeadException(400, host is null ? "the header Host is missing" : "the header Host is malformed");
    }

    /// <summary>Checks the framing (RFC 9112, 6.1 and 6.3).</summary>
    private void CheckFraming()
    {
        var length = Header("Content-Length");
        IsChunked = HeadRules.IsChunked(Header("Transfer-Encoding"), length is not null, IsHttp10);
        if (length is not null)
        {
            if (!long.TryParse(length, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var bytes))
                throw new BadHeadException(400, "the header Content-Length should be one whole number");
            ContentLength = bytes;
        }
        else if (IsHttp10 && Method is "POST" or "PUT")
        {
            throw new BadHeadException(400, "a POST or PUT over HTTP/1.0 needs the header Content-Length (RFC 1945, 8.3)"); // otherwise its body would be lost
        }

        ExpectsContinue = HeadRules.ExpectsContinue(Header("Expect"), IsHttp10) && (IsChunked || ContentLength > 0);
    }

    private static bool HasToken(string list, string token) =>
        HeadRules.ListElements(list).Contains(token, StringComparer.OrdinalIgnoreCase);
}

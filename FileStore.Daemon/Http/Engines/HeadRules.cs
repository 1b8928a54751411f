using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace FileStore.Daemon.Http.Engines;

/// <summary>Rules for request heads that the engines do not enforce by themselves.</summary>
internal static class HeadRules
{
    private static readonly SearchValues<char> Controls = // except tab
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c != '\t').Select(c => (char)c), '\x7f']);
    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+;=");
    private static readonly SearchValues<char> LiteralCharacters = // RFC 3986, 3.2.2, with the zone of RFC 6874
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%:");

    /// <summary>The characters of a token (RFC 9110, 5.6.2).</summary>
    internal static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Whether a byte may be part of a token (RFC 9110, 5.6.2), such as a header name.</summary>
    internal static bool IsToken(byte b) => TokenCharacters.Contains((char)b);

    /// <summary>Whether a value contains a character that no header may have (RFC 9110, 5.5).</summary>
    internal static bool HasControl(ReadOnlySpan<char> value) => value.ContainsAny(Controls);

    /// <summary>Checks a header name (RFC 9110, 5.1). An invalid name could become another one when a proxy trims it.</summary>
    /// <exception cref="BadHeadException">It is not a token.</exception>
    internal static void CheckName(ReadOnlySpan<char> name)
    {
        if (name.ContainsAnyExcept(TokenCharacters))
            throw new BadHeadException(400, "a header name contains a character that is not allowed");
    }

    /// <summary>Checks a header value (RFC 9110, 5.5).</summary>
    /// <exception cref="BadHeadException">It contains a control character.</exception>
    internal static void CheckValue(string name, ReadOnlySpan<char> value)
    {
        if (HasControl(value))
            throw new BadHeadException(400, $"the header {name} contains a control character");
    }

    /// <summary>
    /// Converts a request target (RFC 9112, 3.2) to origin-form. Accepts origin-form, absolute-form for any host, and
    /// <c>*</c> for OPTIONS.
    /// </summary>
    /// <param name="method">The method.</param>
    /// <param name="target">The target as received.</param>
    /// <param name="authority">
    /// The host of an absolute-form target, which replaces the Host header (RFC 9112, 3.2.2); otherwise null.
    /// </param>
    /// <returns>The target in origin-form, or <c>*</c>.</returns>
    /// <exception cref="BadHeadException">It has another form.</exception>
    internal static string OriginForm(string method, string target, out string? authority)
    {
        authority = null;
        if (target.AsSpan().ContainsAny(Controls) || target.AsSpan().ContainsAny(' ', '\t'))
            throw new BadHeadException(400, "the request target contains a blank or a control character");
        if (!Ascii.IsValid(target) && !Utf8.IsValid(Encoding.Latin1.GetBytes(target)))
            throw new BadHeadException(400, "the request target contains bytes that are neither ASCII nor UTF-8: percent-encode them");
        if (target.StartsWith('/') || (target == "*" && method == "OPTIONS"))
            return target;
        if (method == "CONNECT")
            throw new BadHeadException(501, "this is not a proxy: CONNECT is not supported");

        var start = target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7
            : target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : -1;
        if (start < 0 || start == target.Length)
            throw new BadHeadException(400, "the request target should be a path that begins with /");

        var path = target.IndexOfAny(['/', '?'], start);
        authority = path < 0 ? target[start..] : target[start..path];
        if (authority.Length == 0 || !IsHost(authority))
            throw new BadHeadException(400, "the host in the request target is missing or malformed");
        return path < 0 ? "/" : target[path] == '?' ? "/" + target[path..] : target[path..];
    }

    /// <summary>Whether a request line ends with any HTTP version (RFC 9112, 2.3).</summary>
    internal static bool NamesVersion(ReadOnlySpan<byte> line) =>
        line.Length >= 9 && line[^9..^3].SequenceEqual(" HTTP/"u8) && char.IsAsciiDigit((char)line[^3]) && line[^2] == '.' && char.IsAsciiDigit((char)line[^1]);

    /// <summary>
    /// Whether a Host value is valid: a name or an address, and an optional port (RFC 9110, 7.2; RFC 3986, 3.2.2). The name
    /// may be empty.
    /// </summary>
    internal static bool IsHost(ReadOnlySpan<char> host)
    {
        var isLiteral = host.StartsWith('[');
        var end = isLiteral ? host.IndexOf(']') + 1 : host.IndexOf(':');
        if (isLiteral && end < "[::]".Length)
            return false;
        var name = end < 0 ? host : host[..end];
        var port = end < 0 ? "" : host[end..];
        return (isLiteral ? !name[1..^1].ContainsAnyExcept(LiteralCharacters) : !name.ContainsAnyExcept(HostCharacters))
            && (port.Length == 0 || (port[0] == ':' && !port[1..].ContainsAnyExceptInRange('0', '9')));
    }

    /// <summary>The elements of a comma-separated header.</summary>
    internal static string[] ListElements(string list) =>
        Array.ConvertAll(list.Split(','), element => element.Trim(' ', '\t')); // Trim() would remove other Unicode spaces too

    /// <summary>Whether the body is chunked (RFC 9112, 6.1).</summary>
    /// <exception cref="BadHeadException">It has another coding, or its end is ambiguous.</exception>
    internal static bool IsChunked(string? transferEncoding, bool hasLength, bool isHttp10)
    {
        if (transferEncoding is null)
            return false;
        if (hasLength)
            throw new BadHeadException(400, "Transfer-Encoding and Content-Length exclude each other");
        if (isHttp10)
            throw new BadHeadException(400, "HTTP/1.0 has no Transfer-Encoding");
        var codings = ListElements(transferEncoding);
        if (!codings[^1].Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw new BadHeadException(400, "the last Transfer-Encoding should be chunked");
        if (codings.Length > 1)
            throw new BadHeadException(501, "the only supported Transfer-Encoding is chunked");
        return true;
    }

    /// <summary>Whether the client waits for "100 Continue" before it sends the body (RFC 9110, 10.1.1).</summary>
    /// <exception cref="BadHeadException">It expects something else.</exception>
    internal static bool ExpectsContinue(string? expect, bool isHttp10)
    {
        if (expect is null || isHttp10)
            return false;
        return expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase)
            ? true
            : throw new BadHeadException(417, "the only supported expectation is 100-continue");
    }
}

/// <summary>A request head violates a rule. The connection must be closed.</summary>
internal sealed class BadHeadException(int status, string detail) : Exception(detail)
{
    internal int Status { get; } = status;
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace FileStore.Daemon.Http.Engines;

/// <summary>Rules for the head of a request that an engine does not keep by itself.</summary>
internal static class HeadRules
{
    private static readonly SearchValues<char> Controls = // but the tab
        SearchValues.Create([.. Enumerable.Range(0, 32).Where(c => c != '\t').Select(c => (char)c), '\x7f']);
    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+;=");
    private static readonly SearchValues<char> LiteralCharacters = // RFC 3986, 3.2.2, with the zone of RFC 6874
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%:");

    /// <summary>The characters of a token (RFC 9110, 5.6.2).</summary>
    internal static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Whether a byte may stand in a token (RFC 9110, 5.6.2), such as the name of a field.</summary>
    internal static bool IsToken(byte b) => TokenCharacters.Contains((char)b);

    /// <summary>Whether a value holds what no field may (RFC 9110, 5.5).</summary>
    internal static bool HasControl(ReadOnlySpan<char> value) => value.ContainsAny(Controls);

    /// <summary>RFC 9110, 5.1. What others trim from a name must not make it another.</summary>
    /// <exception cref="BadHeadException">The name of a field holds what no token may.</exception>
    internal static void CheckName(ReadOnlySpan<char> name)
    {
        if (name.ContainsAnyExcept(TokenCharacters))
            throw new BadHeadException(400, "a field name holds a character that is not allowed there");
    }

    /// <summary>RFC 9110, 5.5.</summary>
    /// <exception cref="BadHeadException">The value of a field holds a control character.</exception>
    internal static void CheckValue(string name, ReadOnlySpan<char> value)
    {
        if (HasControl(value))
            throw new BadHeadException(400, $"the field {name} holds a control character");
    }

    /// <summary>RFC 9112, 3.2: origin-form, absolute-form for any host, and <c>*</c> for OPTIONS.</summary>
    /// <param name="method">The method.</param>
    /// <param name="target">The target as it came.</param>
    /// <param name="authority">The host of a target in absolute-form, which takes the place of the field Host (RFC 9112, 3.2.2); else null.</param>
    /// <returns>The target in origin-form, or <c>*</c>.</returns>
    /// <exception cref="BadHeadException">It is none of these.</exception>
    internal static string OriginForm(string method, string target, out string? authority)
    {
        authority = null;
        if (target.AsSpan().ContainsAny(Controls) || target.AsSpan().ContainsAny(' ', '\t'))
            throw new BadHeadException(400, "the request target holds a blank or a control character");
        if (!Ascii.IsValid(target) && !Utf8.IsValid(Encoding.Latin1.GetBytes(target)))
            throw new BadHeadException(400, "the request target holds bytes that are neither ASCII nor UTF-8: percent-encode them");
        if (target.StartsWith('/') || (target == "*" && method == "OPTIONS"))
            return target;
        if (method == "CONNECT")
            throw new BadHeadException(501, "this is no proxy: CONNECT is not served");

        var start = target.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7
            : target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : -1;
        if (start < 0 || start == target.Length)
            throw new BadHeadException(400, "the request target should be a path that begins with /");

        var path = target.IndexOfAny(['/', '?'], start);
        authority = path < 0 ? target[start..] : target[start..path];
        if (authority.Length == 0 || !IsHost(authority))
            throw new BadHeadException(400, "the request target names no host, or one that is malformed");
        return path < 0 ? "/" : target[path] == '?' ? "/" + target[path..] : target[path..];
    }

    /// <summary>Whether a request line ends with a version as HTTP writes it (RFC 9112, 2.3), whichever it is.</summary>
    internal static bool NamesVersion(ReadOnlySpan<byte> line) =>
        line.Length >= 9 && line[^9..^3].SequenceEqual(" HTTP/"u8) && char.IsAsciiDigit((char)line[^3]) && line[^2] == '.' && char.IsAsciiDigit((char)line[^1]);

    /// <summary>A name or an address, then perhaps a port (RFC 9110, 7.2; RFC 3986, 3.2.2). The name may be empty.</summary>
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

    /// <summary>The elements of a field that is a list.</summary>
    internal static string[] ListElements(string list) =>
        Array.ConvertAll(list.Split(','), element => element.Trim(' ', '\t')); // not all that Unicode takes for a space

    /// <summary>RFC 9112, 6.1: whether the body is chunked.</summary>
    /// <exception cref="BadHeadException">It is coded in another way, or its end could be understood in two ways.</exception>
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
            throw new BadHeadException(501, "the only Transfer-Encoding served is chunked");
        return true;
    }

    /// <summary>RFC 9110, 10.1.1: whether the client waits to be told that its body is wanted.</summary>
    /// <exception cref="BadHeadException">It expects something else.</exception>
    internal static bool ExpectsContinue(string? expect, bool isHttp10)
    {
        if (expect is null || isHttp10)
            return false;
        return expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase)
            ? true
            : throw new BadHeadException(417, "the only expectation met is 100-continue");
    }
}

/// <summary>The head of a request breaks a rule; the connection cannot go on.</summary>
internal sealed class BadHeadException(int status, string detail) : Exception(detail)
{
    internal int Status { get; } = status;
}

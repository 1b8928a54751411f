using System.Buffers;
using System.Globalization;
using System.Text;

namespace FileStore.Daemon.Http;

/// <summary>
/// A request target taken apart. Percent-encoding is undone once, segment by segment, and what it hides must be UTF-8
/// without control characters; so <c>%2F</c> never makes a folder and nothing is decoded twice. (Values of the query are
/// judged when they are asked for.)
/// </summary>
internal sealed class RequestTarget
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Every character that char.IsControl says is one, to be looked for in one sweep.
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(code => (char)code).Where(char.IsControl)]);

    private readonly List<KeyValuePair<string, string>> _query = [];

    private RequestTarget(string[] segments) => Segments = segments;

    /// <summary>A target with all that is not printable ASCII percent-encoded.</summary>
    internal static string ToAscii(string target)
    {
        if (!target.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return target;

        var escaped = new StringBuilder(target.Length + 16);
        foreach (var c in target)
        {
            if (c is >= '!' and <= '~')
                escaped.Append(c);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
        }

        return escaped.ToString();
    }

    /// <summary>The path's parts between slashes; one empty part for <c>/</c>.</summary>
    internal string[] Segments { get; }

    /// <summary>The query's parameters as they came, names and values.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Parameters => _query;

    /// <summary>The value of the first query parameter of this name; null if there is none.</summary>
    /// <exception cref="ProblemException">400: it holds a control character.</exception>
    internal string? Query(string name) => QueryAsItCame(name) is var value && !value.AsSpan().ContainsAny(Controls)
        ? value
        : throw ControlCharacter();

    /// <summary>The same whatever it holds, for values that are names of something: that there is no such thing is 404.</summary>
    internal string? QueryAsItCame(string name)
    {
        foreach (var (key, value) in _query)
        {
            if (key == name)
                return value;
        }

        return null;
    }

    /// <param name="target">Origin-form, one character a byte.</param>
    /// <exception cref="ProblemException">400: the encoding is broken.</exception>
    internal static RequestTarget Parse(string target)
    {
        var mark = target.IndexOf('?');
        var path = mark < 0 ? target : target[..mark];
        var segments = path[1..].Split('/');
        for (var i = 0; i < segments.Length; i++)
            segments[i] = Decode(segments[i], plusIsSpace: false);
        var parsed = new RequestTarget(segments);
        if (mark < 0)
            return parsed;
        foreach (var pair in target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            parsed._query.Add(equals < 0
                ? new(Decode(pair, plusIsSpace: true), "")
                : new(Decode(pair[..equals], plusIsSpace: true), Decode(pair[(equals + 1)..], plusIsSpace: true, isValue: true)));
        }

        return parsed;
    }

    private static ProblemException ControlCharacter() => new(Problem.BadRequest("the request target contains a control character"));

    private static string Decode(string text, bool plusIsSpace, bool isValue = false)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('%', '+'))
            return text;

        var bytes = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '+' && plusIsSpace)
                c = ' ';
            else if (c == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    throw new ProblemException(Problem.BadRequest("the request target has a % that no two hexadecimal digits follow"));
                c = (char)Convert.ToByte(text.Substring(i + 1, 2), 16);
                i += 2;
            }

            bytes[length++] = (byte)c;
        }

        try
        {
            var decoded = StrictUtf8.GetString(bytes, 0, length);
            return !isValue && decoded.AsSpan().ContainsAny(Controls) ? throw ControlCharacter() : decoded;
        }
        catch (DecoderFallbackException)
        {
            throw new ProblemException(Problem.BadRequest("the request target is not UTF-8"));
        }
    }
}

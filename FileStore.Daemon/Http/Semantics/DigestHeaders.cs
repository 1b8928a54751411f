using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>The headers Repr-Digest and Content-Digest (RFC 9530), and the older Content-MD5 (RFC 1864).</summary>
internal static class DigestHeaders
{
    /// <summary>Formats a digest as the value of Repr-Digest.</summary>
    internal static string Format(Digest digest) => $"{digest.Kind.DigestHeaderName}=:{Convert.ToBase64String(digest.ToBytes())}:";

    /// <summary>
    /// The digests that a request states for its body. Unknown algorithms are ignored (RFC 9530). Uploads are stored as
    /// received, so the representation is the content.
    /// </summary>
    /// <exception cref="ProblemException">400: a header is malformed.</exception>
    internal static List<Digest> Expected(Request request)
    {
        var expected = new List<Digest>();
        foreach (var name in (string[])["Repr-Digest", "Content-Digest"])
        {
            foreach (var member in (request.Header(name) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = member.IndexOf('=');
                var value = member[(equals + 1)..].Split(';')[0].TrimEnd(); // parameters have no meaning here (RFC 8941, 3.1.2)
                if (equals < 1 || value.Length < 2 || value[0] != ':' || value[^1] != ':')
                    throw Malformed(name, "sha-256=:<base64>:");
                var kind = HashKind.All.FirstOrDefault(k => k.DigestHeaderName == member[..equals]);
                if (kind is not null)
                    expected.Add(Parse(kind, value[1..^1], name));
            }
        }

        if (request.Header("Content-MD5") is { } md5)
            expected.Add(Parse(HashKind.Md5, md5, "Content-MD5"));
        return expected;
    }

    private static Digest Parse(HashKind kind, string base64, string header)
    {
        var bytes = new byte[kind.ByteCount];
        return Convert.TryFromBase64String(base64, bytes, out var count) && count == bytes.Length
            ? Digest.FromBytes(kind, bytes)
            : throw Malformed(header, $"the base64 of the {kind.ByteCount} bytes of a {kind.DigestHeaderName} digest");
    }

    private static ProblemException Malformed(string header, string right) =>
        new(Problem.BadRequest($"the header {header} is malformed; it should contain {right}"));
}

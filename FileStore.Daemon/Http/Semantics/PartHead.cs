namespace FileStore.Daemon.Http.Semantics;

/// <summary>The headers of a part. Each is null if it is missing.</summary>
/// <param name="Disposition">Content-Disposition.</param>
/// <param name="Type">Content-Type.</param>
/// <param name="TransferEncoding">Content-Transfer-Encoding.</param>
internal sealed record PartHead(string? Disposition, string? Type, string? TransferEncoding)
{
    /// <summary>Parses headers, including folded lines (RFC 5322, 2.2.3).</summary>
    /// <param name="bytes">The lines without the empty one.</param>
    /// <param name="maxHeaders">The most headers.</param>
    /// <exception cref="ProblemException">400: they are malformed or too many, or a Content-* header is repeated.</exception>
    internal static PartHead Parse(byte[] bytes, int maxHeaders)
    {
        // A fold is a line break before white space. Removing the line break unfolds the value.
        var lines = bytes.Length == 0 ? [] : DispositionHeader.Text(bytes)
            .Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", "\t", StringComparison.Ordinal).Split("\r\n");
        if (lines.Length > maxHeaders)
            throw PartReader.Refusal($"a part of the form has more than {maxHeaders} headers");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':');
            if (colon <= 0 || line.AsSpan().ContainsAny('\r', '\n', '\0') || line[..colon].AsSpan().ContainsAny(' ', '\t'))
                throw PartReader.Refusal("a part of the form has a line among its headers that is not a header");
            var name = line[..colon];
            if (!headers.TryAdd(name, line[(colon + 1)..].Trim(' ', '\t')) && name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                throw PartReader.Refusal($"a part of the form has the header {name} twice");
        }

        return new PartHead(headers.GetValueOrDefault("Content-Disposition"), headers.GetValueOrDefault("Content-Type"), headers.GetValueOrDefault("Content-Transfer-Encoding"));
    }
}

using System.Buffers.Text;
using System.Text;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>A response head, and its serialization in HTTP/1 (RFC 9112, 4 and 5).</summary>
internal sealed class ResponseHead
{
    private const int FixedPart = 64; // the status line and the three fixed headers, without variable text

    private readonly HeaderList _headers = new();
    private string? _reason;

    internal int Status { get; set; } = 200;

    /// <summary>The reason phrase. The default is the status's own.</summary>
    /// <exception cref="ArgumentException">The value contains a control character.</exception>
    internal string Reason
    {
        get => _reason ?? Problem.Title(Status);
        set => _reason = !HeadRules.HasControl(value) ? value : throw new ArgumentException("the reason phrase contains a control character", nameof(value));
    }

    /// <summary>The length of the body in bytes.</summary>
    internal long ContentLength { get; set; }

    /// <summary>Sets a header, replacing one of the same name.</summary>
    /// <exception cref="ArgumentException">
    /// The value contains a control character, so it could end the header and start another.
    /// </exception>
    internal void SetHeader(string name, string value)
    {
        if (HeadRules.HasControl(value))
            throw new ArgumentException($"the response header {name} contains a control character", nameof(value));
        _headers.Set(name, value);
    }

    /// <summary>Removes the headers that were set.</summary>
    internal void ClearHeaders() => _headers.Clear();

    /// <summary>An upper bound of the bytes that <see cref="WriteTo"/> writes.</summary>
    internal int MaxLength
    {
        get
        {
            var length = (4 * FixedPart) + (3 * Reason.Length);
            foreach (var (name, value) in _headers)
                length += name.Length + (3 * value.Length) + 4;
            return length;
        }
    }

    /// <summary>Writes the head with its empty line, in UTF-8.</summary>
    /// <param name="bytes">The buffer, of at least <see cref="MaxLength"/> bytes.</param>
    /// <param name="connection">The value of the Connection header; null for none.</param>
    /// <returns>The number of bytes written.</returns>
    internal int WriteTo(Span<byte> bytes, string? connection)
    {
        var at = 0;
        Put(bytes, ref at, "HTTP/1.1 "u8);
        Put(bytes, ref at, Status);
        Put(bytes, ref at, " "u8);
        Put(bytes, ref at, Reason);
        Put(bytes, ref at, "\r\nServer: filestore\r\nDate: "u8);
        Put(bytes, ref at, DateHeader.Now());
        if (Status != 204) // which must not have it (RFC 9110, 8.6)
        {
            Put(bytes, ref at, "\r\nContent-Length: "u8);
            Put(bytes, ref at, ContentLength);
        }

        foreach (var (name, value) in _headers)
            PutHeader(bytes, ref at, name, value);
        if (connection is not null)
            PutHeader(bytes, ref at, "Connection", connection);
        Put(bytes, ref at, "\r\n\r\n"u8);
        return at;
    }

    private static void PutHeader(Span<byte> bytes, ref int at, string name, string value)
    {
        Put(bytes, ref at, "\r\n"u8);
        Put(bytes, ref at, name);
        Put(bytes, ref at, ": "u8);
        Put(bytes, ref at, value);
    }

    private static void Put(Span<byte> bytes, ref int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(bytes[at..]);
        at += text.Length;
    }

    private static void Put(Span<byte> bytes, ref int at, string text) => at += Encoding.UTF8.GetBytes(text, bytes[at..]);

    private static void Put(Span<byte> bytes, ref int at, long number)
    {
        Utf8Formatter.TryFormat(number, bytes[at..], out var count);
        at += count;
    }
}

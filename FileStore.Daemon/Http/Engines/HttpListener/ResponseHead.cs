using System.Buffers.Text;
using System.Text;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>The head of an answer, and its bytes in HTTP/1 (RFC 9112, 4 and 5).</summary>
internal sealed class ResponseHead
{
    private const int StatusLine = 64; // and the three fields that are written as they are: what they take besides texts of others

    private readonly HeaderList _fields = new();
    private string? _reason;

    internal int Status { get; set; } = 200;

    /// <summary>The reason phrase: the status's own unless it is set.</summary>
    /// <exception cref="ArgumentException">It is set to something with a control character.</exception>
    internal string Reason
    {
        get => _reason ?? Problem.Title(Status);
        set => _reason = !HeadRules.HasControl(value) ? value : throw new ArgumentException("the reason phrase holds a control character", nameof(value));
    }

    /// <summary>The length of the body in bytes.</summary>
    internal long ContentLength { get; set; }

    /// <summary>Sets a field, in the place of one of its name.</summary>
    /// <exception cref="ArgumentException">The value holds a control character: it could end the field, and begin another.</exception>
    internal void SetHeader(string name, string value)
    {
        if (HeadRules.HasControl(value))
            throw new ArgumentException($"the field {name} of an answer holds a control character", nameof(value));
        _fields.Set(name, value);
    }

    /// <summary>Forgets the fields that were set.</summary>
    internal void ClearHeaders() => _fields.Clear();

    /// <summary>How many bytes <see cref="WriteTo"/> takes at most.</summary>
    internal int MaxLength
    {
        get
        {
            var length = (4 * StatusLine) + (3 * Reason.Length);
            foreach (var (name, value) in _fields)
                length += name.Length + (3 * value.Length) + 4;
            return length;
        }
    }

    /// <summary>Writes the head with its empty line. Text beyond ASCII goes out as UTF-8.</summary>
    /// <param name="bytes">Room for <see cref="MaxLength"/>.</param>
    /// <param name="connection">The value of the field Connection; null for none.</param>
    /// <returns>How many bytes it took.</returns>
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

        foreach (var (name, value) in _fields)
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

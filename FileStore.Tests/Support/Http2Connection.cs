using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Frames of HTTP/2 (RFC 9113) by hand, for requests that no client library would send.</summary>
internal sealed class Http2Connection : IDisposable
{
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, GoAway = 7, EndStream = 1, Acknowledged = 1, EndHeaders = 4;

    private readonly SslStream _stream;
    private int _lastStream = -1;

    private Http2Connection(SslStream stream) => _stream = stream;

    public static Http2Connection Open(DaemonProcess daemon)
    {
        var stream = new SslStream(new NetworkStream(daemon.ConnectSecure(), ownsSocket: true)) { ReadTimeout = 20_000 };
        stream.AuthenticateAsClient(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        });
        var connection = new Http2Connection(stream);
        stream.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        connection.Send(Settings, 0, 0, []);
        return connection;
    }

    /// <summary>Sends a request without a body. Returns its status, or null if the stream or the connection was ended instead.</summary>
    /// <param name="fields">Its head.</param>
    /// <param name="emptyFrames">How many empty frames of data say that there is no body, and not the head.</param>
    public string? Ask((string Name, string Value)[] fields, int emptyFrames = 0)
    {
        _lastStream += 2;
        try
        {
            Send(Headers, emptyFrames == 0 ? EndStream | EndHeaders : EndHeaders, _lastStream, Encode(fields));
            for (var i = 1; i <= emptyFrames; i++)
                Send(Data, i == emptyFrames ? EndStream : 0, _lastStream, []);
            while (true)
            {
                var (type, flags, stream, payload) = Receive();
                if (type == Settings && (flags & Acknowledged) == 0)
                    Send(Settings, Acknowledged, 0, []);
                else if (type == GoAway || (type == Reset && stream == _lastStream))
                    return null;
                else if (type == Headers && stream == _lastStream)
                    return StatusIn(payload);
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Begins requests and takes each back (CVE-2023-44487), until all are sent or the other side has had enough.</summary>
    public void OpenAndReset(int count)
    {
        var head = Encode([(":method", "GET"), (":scheme", "https"), (":authority", "h"), (":path", "/healthz")]);
        try
        {
            for (var i = 0; i < count; i++)
            {
                _lastStream += 2;
                Send(Headers, EndStream | EndHeaders, _lastStream, head);
                Send(Reset, 0, _lastStream, [0, 0, 0, 8]);
            }
        }
        catch (IOException)
        {
            // It had.
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>RFC 7541, 6.2.2: each field as it is, without tables.</summary>
    private static byte[] Encode((string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            foreach (var text in (string[])[name, value])
            {
                block.Add((byte)text.Length);
                block.AddRange(Encoding.Latin1.GetBytes(text));
            }
        }

        return [.. block];
    }

    /// <summary>The status is the first field: indexed if it is a common one (RFC 7541, appendix A), else three digits as text.</summary>
    private static string StatusIn(byte[] block)
    {
        if ((block[0] & 0x80) != 0)
            return ((string[])["200", "204", "206", "304", "400", "404", "500"])[(block[0] & 0x7f) - 8];
        var text = Encoding.Latin1.GetString(block);
        var digits = text.IndexOf('\u0003') + 1;
        return text.Substring(digits, 3);
    }

    private void Send(byte type, int flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, (payload.Length << 8) | type);
        frame[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        _stream.Write(frame);
    }

    private (byte Type, int Flags, int Stream, byte[] Payload) Receive()
    {
        var head = new byte[9];
        _stream.ReadExactly(head);
        var length = BinaryPrimitives.ReadInt32BigEndian(head) >> 8;
        var payload = new byte[length];
        _stream.ReadExactly(payload);
        return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record RawAnswer(int Status, string Head, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>A field's value; null if it is absent.</summary>
    public string? Field(string name) => Head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();
}

/// <summary>HTTP as bytes, for tests of what a client library would never send.</summary>
internal static class RawHttp
{
    /// <param name="server">Who listens.</param>
    /// <param name="receiveBuffer">Bytes that this end's kernel takes without anybody reading; 0 leaves that to the system.</param>
    public static Socket Connect(IPEndPoint server, int receiveBuffer)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
            socket.ReceiveBufferSize = receiveBuffer; // before it connects, or the window is already promised
        socket.Connect(server);
        return socket;
    }

    /// <summary>Sends text, one byte a character (Latin-1).</summary>
    public static void SendText(this Socket socket, string text) => socket.SendAll(Encoding.Latin1.GetBytes(text));

    public static void SendAll(this Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[socket.Send(bytes)..];
    }

    /// <summary>
    /// Reads one answer, with the body its Content-Length announces (none for HEAD). Null if the connection ended, or was
    /// reset, before a whole head came; a body that was cut is returned as far as it came.
    /// </summary>
    public static RawAnswer? ReadAnswer(this Socket socket, bool head = false, int timeoutSeconds = 20)
    {
        socket.ReceiveTimeout = timeoutSeconds * 1000;
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        while (!EndsWithEmptyLine(bytes))
        {
            var seen = bytes.Count;
            bytes.AddRange(buffer[..Receive(socket, buffer, SocketFlags.Peek)]);
            if (bytes.Count == seen)
                return null;
            var end = EndOfHead(bytes, seen);
            Receive(socket, buffer.AsSpan(0, end - seen)); // what belongs to the head, and no byte of what follows it
            bytes.RemoveRange(end, bytes.Count - end);
        }

        var text = Encoding.Latin1.GetString([.. bytes]);
        var answer = new RawAnswer(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text, []);
        var length = head || answer.Status is 304 or 100 ? 0 : int.Parse(answer.Field("Content-Length") ?? "0", CultureInfo.InvariantCulture);
        var body = new byte[length];
        var filled = 0;
        int count;
        while (filled < length && (count = Receive(socket, body.AsSpan(filled))) > 0)
            filled += count;
        return answer with { Body = body[..filled] };
    }

    /// <summary>Whether the other side has closed or reset the connection within this time; what it still sends is swallowed.</summary>
    public static bool IsClosedWithin(this Socket socket, int seconds)
    {
        var deadline = Environment.TickCount64 + (seconds * 1000L);
        var buffer = new byte[64 << 10];
        while (Environment.TickCount64 < deadline)
        {
            socket.ReceiveTimeout = (int)Math.Max(1, deadline - Environment.TickCount64);
            try
            {
                if (socket.Receive(buffer) == 0)
                    return true;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Everything that comes until the other side ends the connection, or until the time is over.</summary>
    public static byte[] ReadToEnd(this Socket socket, int timeoutSeconds = 20)
    {
        socket.ReceiveTimeout = timeoutSeconds * 1000;
        var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        int count;
        while ((count = Receive(socket, buffer)) > 0)
            all.Write(buffer, 0, count);
        return all.ToArray();
    }

    /// <summary>The same for a client that has sent all it has to say: it closes its side once an answer comes, so that nobody waits for more.</summary>
    public static byte[] ReadToEndOfAll(this Socket socket, int timeoutSeconds = 20)
    {
        if (socket.Poll(TimeSpan.FromSeconds(timeoutSeconds), SelectMode.SelectRead))
            ShutdownSending(socket);
        return socket.ReadToEnd(timeoutSeconds);
    }

    private static void ShutdownSending(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.NotConnected or SocketError.ConnectionReset)
        {
            // The other side was faster.
        }
    }

    /// <summary>Ends the connection with a reset, as a client that crashed does.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private static bool EndsWithEmptyLine(List<byte> bytes) =>
        bytes.Count >= 4 && bytes[^4] == '\r' && bytes[^3] == '\n' && bytes[^2] == '\r' && bytes[^1] == '\n';

    /// <summary>The number of bytes up to the first empty line; all of them if there is none. So many are known to hold none.</summary>
    private static int EndOfHead(List<byte> bytes, int seen)
    {
        var from = Math.Max(0, seen - 3);
        var end = CollectionsMarshal.AsSpan(bytes)[from..].IndexOf("\r\n\r\n"u8);
        return end < 0 ? bytes.Count : from + end + 4;
    }

    private static int Receive(Socket socket, Span<byte> buffer, SocketFlags flags = SocketFlags.None)
    {
        try
        {
            return socket.Receive(buffer, flags);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            return 0;
        }
    }
}

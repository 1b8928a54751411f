using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>
/// Plays the daemon for a proxy: keeps the heads of requests as they came, and answers each with "ok", on connections
/// that stay open.
/// </summary>
internal sealed class HeadRecorder : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _connections = [];
    private readonly List<string> _heads = [];

    public HeadRecorder()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The heads so far, one byte a character (Latin-1).</summary>
    public string[] Heads
    {
        get
        {
            lock (_heads)
                return [.. _heads];
        }
    }

    /// <summary>How many connections were made to it.</summary>
    public int Connections
    {
        get
        {
            lock (_connections)
                return _connections.Count;
        }
    }

    /// <summary>Whether it closes the connection instead of answering.</summary>
    public bool HangsUp { get; set; }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_connections)
            _connections.ForEach(connection => connection.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync();
                lock (_connections)
                    _connections.Add(connection);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            using var reader = new StreamReader(new NetworkStream(connection), Encoding.Latin1);
            while (await ReadHeadAsync(reader) is { } head)
            {
                lock (_heads)
                    _heads.Add(head);
                if (HangsUp)
                    break;
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The other side has closed it.
        }

        connection.Dispose();
    }

    private static async Task<string?> ReadHeadAsync(StreamReader reader)
    {
        var head = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            head.Append(line).Append('\n');
            if (line.Length == 0)
                return head.ToString();
        }

        return null;
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Somebody on loopback who listens, remembers who came and what was asked, and answers as a test wants.</summary>
internal sealed class Trap : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Func<NetworkStream, CancellationToken, Task> _behave;
    private readonly List<string> _requests = [];
    private int _connections;

    /// <param name="behave">What it does on each connection once it has read the head of a request; then it closes.</param>
    public Trap(Func<NetworkStream, CancellationToken, Task> behave)
    {
        _behave = behave;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often somebody connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The heads of the requests that came.</summary>
    public string[] Requests
    {
        get
        {
            lock (_requests)
                return [.. _requests];
        }
    }

    /// <summary>One that always gives this answer.</summary>
    public static Trap Answering(int status, string body = "", params string[] fields) => Sending(Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status} Whatever\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n{body}"));

    /// <summary>One that always sends these bytes.</summary>
    public static Trap Sending(byte[] bytes) => new((stream, ct) => stream.WriteAsync(bytes, ct).AsTask());

    /// <summary>One that sends the same piece again and again.</summary>
    public static Trap Repeating(string before, string piece, TimeSpan pause = default) => new(async (stream, ct) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(before), ct);
        while (true)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(piece), ct);
            await Task.Delay(pause, ct);
        }
    });

    /// <summary>One that takes the request and says nothing.</summary>
    public static Trap Hanging() => new((_, ct) => Task.Delay(Timeout.Infinite, ct));

    /// <summary>One that resets the connection.</summary>
    public static Trap Resetting() => new((stream, _) =>
    {
        stream.Socket.Reset();
        return Task.CompletedTask;
    });

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync(_over.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was disposed of.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _connections);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _over.Token) > 0)
                head.Append((char)one[0]);
            lock (_requests)
                _requests.Add(head.ToString());
            await _behave(stream, _over.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever was trapped has left.
        }
    }
}

using System.Net.Sockets;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Somebody on loopback who listens, remembers who came and what was asked, and answers as a test wants.</summary>
/// <param name="behave">What it does on each connection once it has read the head of a request; then it closes.</param>
internal sealed class Trap(Func<NetworkStream, CancellationToken, Task> behave) : Listener
{
    private readonly List<string> _requests = [];

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

    /// <inheritdoc/>
    protected override async Task ServeAsync(NetworkStream stream, CancellationToken ct)
    {
        var head = await ReadHeadAsync(stream, ct);
        lock (_requests)
            _requests.Add(head);
        await behave(stream, ct);
    }
}

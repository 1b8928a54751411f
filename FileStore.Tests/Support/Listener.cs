using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace FileStore.Tests.Support;

/// <summary>Somebody on loopback who listens until he is disposed of. Who comes is served at once, and then hung up on.</summary>
internal abstract class Listener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private int _connections;

    protected Listener()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often somebody connected.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
    }

    /// <summary>Serves one who came. May throw when he leaves.</summary>
    protected abstract Task ServeAsync(NetworkStream stream, CancellationToken ct);

    /// <summary>The head of a request, one byte a character (Latin-1), or what came of it.</summary>
    protected static async Task<string> ReadHeadAsync(Stream stream, CancellationToken ct)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!(head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n") && await stream.ReadAsync(one, ct) > 0)
            head.Append((char)one[0]);
        return head.ToString();
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
            await ServeAsync(stream, _over.Token);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever came has left.
        }
    }
}

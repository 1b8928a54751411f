using System.Buffers;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Engines;

/// <summary>Closes connections. Best effort: a closed socket is not an error.</summary>
internal static class SocketCloser
{
    private const long MaxDrainBytes = 256 << 20;

    /// <summary>How long a client may send nothing while it is given time to read a response.</summary>
    internal static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MaxLingerTime = TimeSpan.FromSeconds(5);

    /// <summary>Whether an exception only means that the connection is gone.</summary>
    internal static bool IsConnectionFailure(Exception e) => e is SocketException or ObjectDisposedException or IOException;

    /// <summary>Resets a connection.</summary>
    internal static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // Already closed.
        }

        socket.Dispose();
    }

    internal static void Shutdown(Socket socket, SocketShutdown side)
    {
        try
        {
            socket.Shutdown(side);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // Already closed.
        }
    }

    /// <summary>Shuts down our side and gives the client time to read the response to a request that it is still sending.</summary>
    internal static async Task LingerAsync(Socket socket)
    {
        NetworkStream rest;
        try
        {
            rest = new NetworkStream(socket, ownsSocket: false); // must be created before the shutdown
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return; // already closed
        }

        Shutdown(socket, SocketShutdown.Send);
        await DrainAsync(rest);
    }

    /// <summary>
    /// Reads and discards what the client still sends, for a short time. Closing at once would make the kernel reset the
    /// connection, and the client would lose the response (RFC 9112, 9.6).
    /// </summary>
    /// <param name="rest">The client's stream.</param>
    /// <param name="firstTimeout">How long to wait for the first bytes; null for <see cref="LingerTimeout"/>.</param>
    /// <returns>Whether the client ended its side.</returns>
    internal static async Task<bool> DrainAsync(Stream rest, TimeSpan? firstTimeout = null)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        using var total = new CancellationTokenSource(MaxLingerTime);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(total.Token);
        deadline.CancelAfter(firstTimeout ?? LingerTimeout);
        try
        {
            int count;
            for (long drained = 0; drained < MaxDrainBytes; drained += count)
            {
                count = await rest.ReadAsync(buffer, deadline.Token);
                if (count == 0)
                    return true;
                deadline.CancelAfter(LingerTimeout);
            }

            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (IsConnectionFailure(e) || e is InvalidOperationException) // InvalidOperationException: a body that Kestrel cannot decode
        {
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Sends a small message, which normally fits the socket's buffer. The next operation finds out if the client is gone.
    /// </summary>
    internal static void TrySend(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
                bytes = bytes[socket.Send(bytes, SocketFlags.None)..];
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // See above.
        }
    }
}

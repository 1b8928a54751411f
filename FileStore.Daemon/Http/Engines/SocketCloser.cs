using System.Buffers;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Engines;

/// <summary>The last things that are done to a connection, none of which minds that the client was quicker.</summary>
internal static class SocketCloser
{
    private const long MaxDrainBytes = 256 << 20;

    /// <summary>How long a client may be silent that is given time to read a response.</summary>
    internal static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MaxLingerTime = TimeSpan.FromSeconds(5);

    /// <summary>Whether an exception says no more than that the connection is gone.</summary>
    internal static bool IsConnectionFailure(Exception e) => e is SocketException or ObjectDisposedException or IOException;

    /// <summary>Cuts a connection with a reset.</summary>
    internal static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // It is closed already.
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
            // It is closed already.
        }
    }

    /// <summary>Ends our side, and gives the client time to read the answer to a request that it is still sending.</summary>
    internal static async Task LingerAsync(Socket socket)
    {
        NetworkStream rest;
        try
        {
            rest = new NetworkStream(socket, ownsSocket: false); // which has to be before the shutdown
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            return; // it is closed already
        }

        Shutdown(socket, SocketShutdown.Send);
        await DrainAsync(rest);
    }

    /// <summary>
    /// Swallows what the client still sends, for a short while: closing at once would make the kernel reset the
    /// connection, and the client would lose the answer (RFC 9112, 9.6).
    /// </summary>
    /// <param name="rest">What the client sends.</param>
    /// <param name="firstTimeout">How long to wait for the first of it; null for as long as for more.</param>
    /// <returns>Whether the client came to an end by itself.</returns>
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
        catch (Exception e) when (IsConnectionFailure(e) || e is InvalidOperationException) // the latter: a body that Kestrel cannot decode
        {
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Sends little, at once: it finds room in the socket's buffer as a rule. What comes next will find out if nobody is there.</summary>
    internal static void TrySend(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
                bytes = bytes[socket.Send(bytes, SocketFlags.None)..];
        }
        catch (Exception e) when (IsConnectionFailure(e))
        {
            // As said above.
        }
    }
}

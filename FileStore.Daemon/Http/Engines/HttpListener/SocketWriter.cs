using System.Net.Sockets;
using System.Runtime.InteropServices;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>Sends to a client, and records when the daemon waits for it.</summary>
internal sealed class SocketWriter(Socket socket)
{
    /// <summary>The client's transfer rate.</summary>
    internal TransferRate Rate { get; } = new(socket, sending: true);

    /// <summary>Sends all bytes.</summary>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Rate.BeginWait();
        var sending = socket.SendAsync(bytes, SocketFlags.None);
        if (!sending.IsCompletedSuccessfully)
            return EndAsync(sending, bytes);
        var sent = sending.Result;
        if (sent < bytes.Length)
            return EndAsync(ValueTask.FromResult(sent), bytes);
        Rate.EndWait(0);
        return ValueTask.CompletedTask; // the common case: a small response fits the socket's buffer
    }

    /// <summary>Sends two array-backed buffers together, since a head sent alone would take an extra packet.</summary>
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        if (!MemoryMarshal.TryGetArray(head, out var first) || !MemoryMarshal.TryGetArray(body, out var second))
            throw new ArgumentException("the buffers must be backed by arrays");
        Rate.BeginWait();
        var sent = await socket.SendAsync([first, second], SocketFlags.None);
        if (sent < head.Length)
            await SendAsync(head[sent..]);
        if (sent < head.Length + body.Length)
            await SendAsync(body[Math.Max(0, sent - head.Length)..]);
        Rate.EndWait(0);
    }

    private async ValueTask EndAsync(ValueTask<int> sending, ReadOnlyMemory<byte> bytes)
    {
        for (var rest = bytes[await sending..]; rest.Length > 0;)
            rest = rest[await socket.SendAsync(rest, SocketFlags.None)..];
        Rate.EndWait(0);
    }

    /// <summary>Sends a head and as much of a file as is possible without blocking. Returns the number of bytes sent.</summary>
    internal long SendFrom(OpenContent content, ReadOnlySpan<byte> head, long offset, long count)
    {
        try
        {
            return content.SendTo(socket.SafeHandle, head, offset, count);
        }
        catch (ObjectDisposedException)
        {
            return 0; // the next send reports it
        }
    }
}

using System.Net.Sockets;
using System.Runtime.InteropServices;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>Sends answers to a client, and takes note of when we wait for it.</summary>
internal sealed class SocketWriter(Socket socket)
{
    /// <summary>Judges the client.</summary>
    internal TransferRate Rate { get; } = new(socket, sending: true);

    /// <summary>Sends it all.</summary>
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
        return ValueTask.CompletedTask; // as nearly always: a small answer finds room
    }

    /// <summary>Sends two pieces, which lie in arrays, as one: a head that went ahead alone would make a packet more.</summary>
    internal async ValueTask SendAsync(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body)
    {
        if (!MemoryMarshal.TryGetArray(head, out var first) || !MemoryMarshal.TryGetArray(body, out var second))
            throw new ArgumentException("the pieces should lie in arrays");
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

    /// <summary>Sends a head, if there is one, and bytes of a file, as many as need no waiting, and says how many those were.</summary>
    internal long SendFrom(OpenContent content, ReadOnlySpan<byte> head, long offset, long count)
    {
        try
        {
            return content.SendTo(socket.SafeHandle, head, offset, count);
        }
        catch (ObjectDisposedException)
        {
            return 0; // what is sent next finds that out
        }
    }
}

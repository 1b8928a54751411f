using System.Buffers.Binary;
using System.Net.Sockets;

namespace FileStore.Daemon.Http;

/// <summary>
/// Whether a client keeps a transfer going. Only time in which we wait for the client counts, so that our own slow disk
/// is never held against it. What counts as sent is what the client's kernel has acknowledged: bytes that lie in our
/// socket's buffer, megabytes at times, have gone nowhere yet.
/// </summary>
internal sealed class TransferRate(Socket socket, bool sending)
{
    /// <summary>Seconds of waiting after which a client is judged.</summary>
    internal const int Window = 30;

    /// <summary>Bytes per second that it must make.</summary>
    internal const int Minimum = 1024;

    private long _total;
    private int _waiting;
    private int _waited;
    private long _totalBefore;

    internal void Begin() => Volatile.Write(ref _waiting, 1);

    internal void End(int count)
    {
        _total += count;
        Volatile.Write(ref _waiting, 0);
    }

    internal void Reset()
    {
        _waiting = 0;
        _waited = 0;
    }

    /// <summary>To be called once a second, by one thread. True when the client was too slow for a whole window.</summary>
    internal bool IsTooSlow()
    {
        if (Volatile.Read(ref _waiting) == 0)
            return false;
        if (_waited++ == 0)
        {
            _totalBefore = Total();
            return false;
        }

        if (_waited <= Window)
            return false;
        var moved = Total() - _totalBefore;
        _waited = 0;
        return moved < (long)Window * Minimum;
    }

    private long Total()
    {
        if (!sending)
            return Volatile.Read(ref _total);

        const int tcp = 6, tcpInfo = 11, bytesAcknowledged = 120; // struct tcp_info, linux/tcp.h
        Span<byte> info = stackalloc byte[bytesAcknowledged + 8];
        try
        {
            return socket.GetRawSocketOption(tcp, tcpInfo, info) == info.Length
                ? BinaryPrimitives.ReadInt64LittleEndian(info[bytesAcknowledged..])
                : 0;
        }
        catch (Exception e) when (Closing.IsConnectionFailure(e))
        {
            return long.MaxValue; // closed: nothing to judge
        }
    }
}

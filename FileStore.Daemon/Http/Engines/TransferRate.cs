using System.Buffers.Binary;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Engines;

/// <summary>
/// Whether a client keeps a transfer going. Only time in which we wait for the client counts, so that our own slow disk
/// is never held against it. What counts as sent is what the client's kernel has acknowledged: bytes that lie in our
/// socket's buffer, megabytes at times, have gone nowhere yet. The client's kernel in its turn may hold megabytes that its
/// program (a proxy, curl --limit-rate) has not read, and opens its window again only when a sixteenth of them is gone:
/// 2 MB of Linux' 32, a minute at 35 KB/s without one byte acknowledged. So bytes that were taken quickly count for later.
/// </summary>
internal sealed class TransferRate(Socket socket, bool sending)
{
    /// <summary>Seconds of waiting that a client is given at first, and a sender at most.</summary>
    internal const int InitialBudget = 30;

    /// <summary>Seconds of waiting that a reader can earn.</summary>
    internal const int MaxReadBudget = 60;

    /// <summary>Likewise a proxy, whose own client may be slow for long: cutting that one off is the proxy's to do.</summary>
    internal const int MaxProxyReadBudget = 600;

    /// <summary>Bytes that earn it a second; fewer in a second earn nothing.</summary>
    internal const int MinBytesPerSecond = 1024;

    private long _total;
    private int _isWaiting;
    private long _budget = InitialBudget;
    private long _lastTotal;

    /// <summary>Whether the other end is a proxy that is to be trusted with its clients.</summary>
    internal bool IsProxied { get; set; }

    internal void BeginWait() => Volatile.Write(ref _isWaiting, 1);

    internal void EndWait(int count)
    {
        _total += count;
        Volatile.Write(ref _isWaiting, 0);
    }

    internal void Reset()
    {
        _isWaiting = 0;
        _budget = InitialBudget;
        IsProxied = false;
    }

    /// <summary>To be called once a second, by one thread. True when the client has used up its time.</summary>
    internal bool IsTooSlow()
    {
        if (Volatile.Read(ref _isWaiting) == 0)
            return false;
        var total = Total();
        _budget = Math.Min(_budget + ((total - _lastTotal) / MinBytesPerSecond), !sending ? InitialBudget : IsProxied ? MaxProxyReadBudget : MaxReadBudget) - 1;
        _lastTotal = total;
        return _budget < 0;
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
        catch (Exception e) when (SocketCloser.IsConnectionFailure(e))
        {
            return long.MaxValue; // closed: nothing to judge
        }
    }
}

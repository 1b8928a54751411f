using System.Buffers.Binary;
using System.Net.Sockets;

namespace FileStore.Daemon.Http.Engines;

/// <summary>
/// Detects clients that are too slow. A client has a budget of seconds, which starts at <see cref="InitialBudget"/>. Each
/// second in which the daemon waits for the client costs one and earns one per <see cref="MinBytesPerSecond"/> bytes:
/// budget = min(budget + bytes / 1024, maximum) - 1. Waiting for our own disk costs nothing.
/// </summary>
/// <remarks>
/// For sending, bytes count when the client's kernel acknowledges them, since megabytes may be in our socket's buffer. That
/// kernel may hold megabytes that a slow program (a proxy, curl --limit-rate) has not read, and reopens its window only
/// after a sixteenth of them: 2 MB of Linux' 32, a minute at 35 KB/s without any acknowledgement. So fast bytes earn budget
/// for later.
/// </remarks>
internal sealed class TransferRate(Socket socket, bool sending)
{
    /// <summary>Seconds of budget at the start, and the maximum of a client that sends.</summary>
    internal const int InitialBudget = 30;

    /// <summary>The maximum of a client that receives, in seconds.</summary>
    internal const int MaxReadBudget = 60;

    /// <summary>The same for a proxy: its own client may be slow for long, and cutting that one off is up to the proxy.</summary>
    internal const int MaxProxyReadBudget = 600;

    /// <summary>Bytes that earn one second of budget.</summary>
    internal const int MinBytesPerSecond = 1024;

    private long _total;
    private int _isWaiting;
    private long _budget = InitialBudget;
    private long _lastTotal;

    /// <summary>Whether the client is a trusted proxy.</summary>
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

    /// <summary>Updates the budget. To be called once a second by one thread. True when the budget is used up.</summary>
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
            return long.MaxValue; // closed, so nothing to check
        }
    }
}

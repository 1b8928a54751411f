using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Outgoing;

/// <summary>
/// A connection whose peer may respond before it has read the whole request (RFC 9112, 9.5). HttpClient sends everything
/// before it reads, and loses the response if sending fails. Here, an error response or a failed write ends the sending:
/// further writes are discarded, and the response can be read.
/// </summary>
internal sealed class EarlyResponseStream(Stream connection) : AsyncStream
{
    private const int StatusStart = 9, StatusEnd = 12; // of HTTP/1.1 413

    private readonly byte[] _readAhead = new byte[4096];
    private readonly CancellationTokenSource _refused = new();
    private Task<int>? _readAheadTask;
    private int _consumed;

    /// <summary>Whether any byte was sent.</summary>
    internal bool HasSent { get; private set; }

    /// <summary>Whether the peer wants no more of the request.</summary>
    internal bool IsRefused { get; private set; }

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsRefused)
            return;
        HasSent = true;
        _readAheadTask ??= ReadAheadAsync();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _refused.Token);
        try
        {
            await connection.WriteAsync(buffer, either.Token);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            IsRefused = true;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_readAheadTask is not { } readAhead)
            return await connection.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(await readAhead.WaitAsync(cancellationToken) - _consumed, buffer.Length);
        _readAhead.AsMemory(_consumed, count).CopyTo(buffer);
        _consumed += count;
        return count > 0 || buffer.Length == 0 || readAhead.Result == 0 ? count : await connection.ReadAsync(buffer, cancellationToken);
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (!IsRefused)
            await connection.FlushAsync(cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
            _readAheadTask?.ContinueWith(ended => ended.Exception, TaskScheduler.Default); // disposing ends it, and its exception must count as observed
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// Reads the beginning of the response, up to its final status. Interim responses may precede it (RFC 9110, 15.2).
    /// Returns 0 if there is none.
    /// </summary>
    private async Task<int> ReadAheadAsync()
    {
        var (length, start) = (0, 0);
        int count;
        while (length < _readAhead.Length && (count = await connection.ReadAsync(_readAhead.AsMemory(length))) > 0)
        {
            length += count;
            while (StatusClassAt(start, length) == '1' && _readAhead.AsSpan(start, length - start).IndexOf("\r\n\r\n"u8) is >= 0 and var end)
                start += end + 4;
            if (StatusClassAt(start, length) is not (null or '1'))
                break;
        }

        if (StatusClassAt(start, length) is '3' or '4' or '5') // a redirect does not want the body either
            await _refused.CancelAsync();
        return length;
    }

    /// <summary>The first digit of the status at an offset; null if it was not received yet.</summary>
    private char? StatusClassAt(int start, int length) => start + StatusEnd > length ? null
        : _readAhead.AsSpan(start).StartsWith("HTTP/1."u8) ? (char)_readAhead[start + StatusStart] : '?';
}

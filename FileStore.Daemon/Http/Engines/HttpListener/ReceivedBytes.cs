namespace FileStore.Daemon.Http.Engines.HttpListener;

/// <summary>
/// Received bytes that are not consumed yet: an incomplete head, or what arrived with one. The buffer grows to the largest
/// allowed head.
/// </summary>
internal sealed class ReceivedBytes
{
    private const int InitialSize = 4 << 10;

    private byte[] _bytes = new byte[InitialSize];
    private int _start;
    private int _end;
    private int _scanned;

    internal bool IsEmpty => _start == _end;

    /// <summary>The free part of the buffer, to receive into. Never empty if <see cref="TakeHead"/> is called in between.</summary>
    internal Memory<byte> GetMemory()
    {
        if (_end == _bytes.Length && _start > 0)
        {
            Buffer.BlockCopy(_bytes, _start, _bytes, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }
        else if (_end == _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Min(_bytes.Length * 2, RequestHead.MaxLength));
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Adds bytes that were received into <see cref="GetMemory"/>.</summary>
    internal void Add(int count) => _end += count;

    /// <summary>Consumes bytes of a body.</summary>
    internal int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _end - _start);
        _bytes.AsSpan(_start, count).CopyTo(buffer);
        Skip(count);
        return count;
    }

    /// <summary>Puts bytes back before all others.</summary>
    internal void PushBack(ReadOnlySpan<byte> bytes)
    {
        var rest = _end - _start;
        if (_start < bytes.Length)
        {
            var roomy = bytes.Length + rest > _bytes.Length ? new byte[bytes.Length + rest] : _bytes;
            Buffer.BlockCopy(_bytes, _start, roomy, bytes.Length, rest);
            _bytes = roomy;
            _start = bytes.Length;
            _end = bytes.Length + rest;
        }

        _start -= bytes.Length;
        bytes.CopyTo(_bytes.AsSpan(_start));
    }

    /// <summary>Consumes a request head. Null if it is incomplete.</summary>
    /// <exception cref="BadHeadException">It violates a rule, or is too long.</exception>
    internal RequestHead? TakeHead()
    {
        // Skip empty lines before the request line (RFC 9112, 2.2).
        while (_end - _start >= 2 && _bytes[_start] == '\r' && _bytes[_start + 1] == '\n')
            Skip(2);

        var bytes = _bytes.AsSpan(_start, _end - _start);
        var end = bytes[_scanned..].IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            _scanned = Math.Max(0, bytes.Length - 3);
            CheckIncompleteHead(bytes);
            return null;
        }

        var length = _scanned + end + 4;
        CheckRequestLine(bytes[..length]);
        var head = RequestHead.Parse(_bytes.AsMemory(_start, length));
        Skip(length);
        return head;
    }

    /// <summary>Rejects a head that cannot become valid, without waiting for its end.</summary>
    private static void CheckIncompleteHead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && (bytes[0] > 126 || (bytes[0] < 33 && bytes[0] != '\r')))
            throw new BadHeadException(400, "this is not HTTP");
        if (bytes.IndexOf("\n\n"u8) >= 0 || bytes.IndexOf("\n\r\n"u8) >= 0)
            throw new BadHeadException(400, "lines must end with CR LF");
        CheckRequestLine(bytes);
        if (bytes.Length >= RequestHead.MaxLength)
            throw new BadHeadException(431, $"the head of the request is longer than {RequestHead.MaxLength} bytes");
    }

    private static void CheckRequestLine(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > RequestHead.MaxRequestLine && bytes[..RequestHead.MaxRequestLine].IndexOf((byte)'\n') < 0)
            throw new BadHeadException(414, $"the request line is longer than {RequestHead.MaxRequestLine} bytes");
    }

    private void Skip(int count)
    {
        _start += count;
        _scanned = 0;
        if (_start == _end)
            _start = _end = 0;
    }
}

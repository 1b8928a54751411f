using System.Buffers;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Semantics;

/// <summary>
/// Splits a multipart body at its boundary (RFC 2046, 5.1). No bytes are lost silently: they belong to a part, or to a
/// preamble or epilogue without a boundary, or the body is rejected. It holds a single buffer, whatever the client sends.
/// </summary>
internal sealed class PartReader : IDisposable
{
    private const int BufferSize = 64 << 10;
    private const int MaxHeaders = 100;
    private const int MaxHeadBytes = 32 << 10;
    private const int MaxPreamble = 64 << 10;
    private const int MaxPadding = 1 << 10;

    private readonly Stream _body;
    private readonly byte[] _delimiter;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start, _end;
    private int _content; // bytes from _start on that belong to the current part
    private bool _isAtDelimiter; // whether a delimiter follows them
    private bool _hasEnded;

    /// <param name="body">The body. It stays the caller's to dispose.</param>
    /// <param name="boundary">Its boundary.</param>
    internal PartReader(Stream body, string boundary)
    {
        (_body, _delimiter) = (body, Encoding.UTF8.GetBytes($"\r\n--{boundary}"));
        Content = new PartContent(this);
        "\r\n"u8.CopyTo(_buffer); // the first boundary may be at the very beginning
        _end = 2;
    }

    /// <summary>The content of the current part. Disposing it does nothing.</summary>
    internal Stream Content { get; }

    /// <summary>Whether the current part has unread content.</summary>
    internal async ValueTask<bool> HasContentAsync(CancellationToken ct)
    {
        while (_content == 0 && !_isAtDelimiter)
        {
            FindContent();
            if (_content == 0 && !_isAtDelimiter && !await FillAsync(ct))
                throw Malformed();
        }

        return _content > 0;
    }

    /// <summary>Moves to the next part, skipping unread content of this one.</summary>
    /// <returns>The part's headers; null after the closing boundary, when the body has been read to its end.</returns>
    /// <exception cref="ProblemException">400: the body is malformed, or exceeds a limit.</exception>
    internal async Task<PartHead?> NextAsync(CancellationToken ct)
    {
        if (_hasEnded)
            return null;
        var isPreamble = _start == 0 && _end == 2;
        for (var skipped = 0; await HasContentAsync(ct);)
        {
            if (isPreamble)
                RequirePreamble(skipped += _content);
            Consume(_content);
        }

        (_start, _isAtDelimiter) = (_start + _delimiter.Length, false);
        if (_buffer.AsSpan(_start, 2).SequenceEqual("--"u8))
        {
            _start += 2;
            await SkipPaddingAsync(ct);
            await EndAsync(ct);
            return null;
        }

        await SkipPaddingAsync(ct);
        await RequireAsync(2, ct);
        if (!IsAtLineEnd())
            throw Malformed();
        return PartHead.Parse(await ReadHeadAsync(ct), MaxHeaders);
    }

    public void Dispose()
    {
        if (!_hasEnded)
            ArrayPool<byte>.Shared.Return(_buffer);
        _hasEnded = true;
    }

    internal static ProblemException Malformed() => Refusal("the form is malformed or its closing boundary is missing");

    internal static ProblemException Refusal(string reason) => new(Problem.BadRequest($"{reason}; nothing was stored"));

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        if (buffer.Length == 0 || !await HasContentAsync(ct))
            return 0;
        var count = Math.Min(_content, buffer.Length);
        _buffer.AsMemory(_start, count).CopyTo(buffer);
        Consume(count);
        return count;
    }

    private void Consume(int count) => (_start, _content) = (_start + count, _content - count);

    /// <summary>Finds the end of the content in the received bytes.</summary>
    private void FindContent()
    {
        var received = _buffer.AsSpan(_start, _end - _start);
        for (var from = 0; ; from++)
        {
            var found = received[from..].IndexOf(_delimiter);
            if (found < 0)
            {
                _content = Math.Max(0, received.Length - _delimiter.Length + 1);
                return;
            }

            from += found;
            var after = received[(from + _delimiter.Length)..];
            if (after.Length < 2)
            {
                _content = from; // the next bytes decide whether it is a boundary
                return;
            }

            // A longer boundary may start with this one: that of a nested multipart body.
            if (after[0] is (byte)' ' or (byte)'\t' || after.StartsWith("\r\n"u8) || after.StartsWith("--"u8))
            {
                (_content, _isAtDelimiter) = (from, true);
                return;
            }
        }
    }

    /// <exception cref="ProblemException">
    /// 400: it is too long, or contains a boundary within a line, which may hide a part.
    /// </exception>
    private void RequirePreamble(int length)
    {
        if (length > MaxPreamble)
            throw Refusal($"more than {MaxPreamble} bytes stand before the form's first boundary");
        if (_buffer.AsSpan(_start, Math.Min(_end - _start, _content + _delimiter.Length - 3)).IndexOf(_delimiter.AsSpan(2)) >= 0)
            throw Refusal("a boundary of the form does not begin its line, or lines do not end with CRLF");
    }

    /// <summary>Skips white space after a boundary on its line.</summary>
    private async Task SkipPaddingAsync(CancellationToken ct)
    {
        for (var skipped = 0; skipped < MaxPadding && await HasAsync(1, ct) && _buffer[_start] is (byte)' ' or (byte)'\t'; skipped++)
            _start++;
    }

    private bool IsAtLineEnd() => _buffer.AsSpan(_start, 2).SequenceEqual("\r\n"u8);

    /// <summary>
    /// Reads from the CRLF of the boundary's line to the empty line. Content follows, or the next boundary at once.
    /// </summary>
    private async Task<byte[]> ReadHeadAsync(CancellationToken ct)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0 && _end - _start <= MaxHeadBytes)
        {
            if (!await FillAsync(ct))
                throw Malformed();
        }

        if (length is < 0 or > MaxHeadBytes)
            throw Refusal($"the headers of a part have more than {MaxHeadBytes} bytes");
        var head = length == 0 ? [] : _buffer.AsSpan(_start + 2, length - 2).ToArray();
        _start += length + 2;
        await RequireAsync(_delimiter.Length + 2, ct);
        FindContent();
        if (_content > 0 || !_isAtDelimiter)
            (_start, _content, _isAtDelimiter) = (_start + 2, 0, false);
        return head;
    }

    /// <summary>
    /// Reads what follows the closing boundary: the end of its line, and an epilogue without a boundary anywhere.
    /// </summary>
    private async Task EndAsync(CancellationToken ct)
    {
        if (await HasAsync(1, ct) && !(await HasAsync(2, ct) && IsAtLineEnd()))
            throw Refusal("the line of the form's closing boundary goes on after it, or does not end with CRLF");
        var boundary = _delimiter.AsMemory(2);
        do
        {
            if (_buffer.AsSpan(_start.._end).IndexOf(boundary.Span) >= 0)
                throw Refusal("the form goes on after its closing boundary");
            _start = Math.Max(_start, _end - boundary.Length + 1);
        }
        while (await FillAsync(ct));
        ArrayPool<byte>.Shared.Return(_buffer);
        _hasEnded = true;
    }

    private async Task RequireAsync(int count, CancellationToken ct)
    {
        if (!await HasAsync(count, ct))
            throw Malformed();
    }

    private async ValueTask<bool> HasAsync(int count, CancellationToken ct)
    {
        while (_end - _start < count)
        {
            if (!await FillAsync(ct))
                return false;
        }

        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        if (_start > 0 && _buffer.Length - _end < BufferSize / 2)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var count = await _body.ReadAsync(_buffer.AsMemory(_end), ct);
        _end += count;
        return count > 0;
    }

    private sealed class PartContent(PartReader reader) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reader.ReadAsync(buffer, cancellationToken);
    }
}

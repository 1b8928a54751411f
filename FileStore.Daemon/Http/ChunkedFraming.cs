namespace FileStore.Daemon.Http;

/// <summary>
/// Follows the chunked coding of a body (RFC 9112, 7.1) without decoding it, to know where it ends. HttpListener decodes
/// it, but reads beyond the end, where the next request may be, and forgives what it should not.
/// </summary>
internal sealed class ChunkedFraming
{
    // Extensions and trailers mean nothing to us; without a limit they could go on for ever.
    private const int MaxLine = 4096;
    private const int MaxTrailers = 16 << 10;

    private Expected _expected = Expected.Size;
    private long _size;
    private int _lineLength;
    private int _trailersLength;

    private enum Expected
    {
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        TrailerStart,
        TrailerName,
        Trailer,
        TrailerLineFeed,
        LastLineFeed,
        Nothing,
    }

    /// <summary>Takes note of bytes that came.</summary>
    /// <returns>How many of them belong to the body; the rest, if any, is what follows it. Null if the coding is broken.</returns>
    internal int? Advance(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && _expected != Expected.Nothing)
        {
            if (_expected == Expected.Data)
            {
                var count = (int)Math.Min(_size, bytes.Length - at);
                at += count;
                _size -= count;
                if (_size == 0)
                    _expected = Expected.DataReturn;
            }
            else if (!Take(bytes[at++]))
            {
                return null;
            }
        }

        return at;
    }

    private bool Take(byte b) => _expected switch
    {
        Expected.Size => TakeSize(b),
        Expected.Extension => b == '\r' ? Expect(Expected.SizeLineFeed) : IsText(b) && ++_lineLength <= MaxLine,
        Expected.SizeLineFeed => b == '\n' && Expect(_size > 0 ? Expected.Data : Expected.TrailerStart),
        Expected.DataReturn => b == '\r' && Expect(Expected.DataLineFeed),
        Expected.DataLineFeed => b == '\n' && Expect(Expected.Size),
        Expected.TrailerStart when b == '\r' => Expect(Expected.LastLineFeed),
        Expected.TrailerStart => HeadRules.IsToken(b) && ++_trailersLength <= MaxTrailers && Expect(Expected.TrailerName),
        Expected.TrailerName => b == ':' ? Expect(Expected.Trailer) : HeadRules.IsToken(b) && ++_trailersLength <= MaxTrailers,
        Expected.Trailer => b == '\r' ? Expect(Expected.TrailerLineFeed) : IsText(b) && ++_trailersLength <= MaxTrailers,
        Expected.TrailerLineFeed => b == '\n' && Expect(Expected.TrailerStart),
        _ => b == '\n' && Expect(Expected.Nothing),
    };

    private bool TakeSize(byte b)
    {
        if (char.IsAsciiHexDigit((char)b))
        {
            if (++_lineLength > 15) // 60 bits: more than any disk
                return false;
            _size = (_size << 4) + ValueOf(b);
            return true;
        }

        return _lineLength > 0 && (b == '\r' ? Expect(Expected.SizeLineFeed) : b == ';' && Expect(Expected.Extension));
    }

    private static int ValueOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private bool Expect(Expected next)
    {
        _expected = next;
        _lineLength = 0;
        return true;
    }

    private static bool IsText(byte b) => b is >= 32 and not 127 or (byte)'\t';
}

namespace FileStore.Daemon.Http.Engines;

/// <summary>
/// Parses the chunked transfer coding (RFC 9112, 7.1) byte by byte, strictly by its grammar: what one lenient parser
/// accepts, another may take for the next request. It buffers nothing and does not recurse, so neither memory nor stack
/// grows with the number of chunks.
/// </summary>
internal sealed class ChunkedFraming
{
    // Extensions and trailers are ignored. Without a limit they could go on for ever.
    private const int MaxLine = 4096;
    private const int MaxTrailers = 16 << 10;
    private const int MaxDigits = 15; // 60 bits: more than any disk

    private Expected _expected = Expected.Size;
    private long _size;
    private int _lineLength;
    private int _trailersLength;

    private enum Expected
    {
        Size,
        SizeLineFeed,
        ExtensionStart,
        ExtensionName,
        ExtensionNameBlank,
        ExtensionValueStart,
        ExtensionValue,
        ExtensionQuoted,
        ExtensionQuotedPair,
        ExtensionQuotedEnd,
        ExtensionValueBlank,
        Data,
        DataReturn,
        DataLineFeed,
        TrailerStart,
        TrailerName,
        Trailer,
        TrailerLineFeed,
        LastLineFeed,
        Nothing,
        Broken,
    }

    /// <summary>Whether the end of the body was parsed, including trailers.</summary>
    internal bool IsAtEnd => _expected == Expected.Nothing;

    /// <summary>Parses received bytes.</summary>
    /// <returns>How many of them belong to the body; the rest follows it. Null if the coding is malformed.</returns>
    internal int? Advance(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && !IsAtEnd)
        {
            if (_expected == Expected.Data)
                at += TakeData(bytes.Length - at);
            else if (!Take(bytes[at++]))
                return null;
        }

        return at;
    }

    /// <summary>Decodes received bytes in place.</summary>
    /// <param name="bytes">The bytes. The data is moved to their beginning.</param>
    /// <param name="taken">How many of them belong to the body; the rest follows it.</param>
    /// <returns>The number of data bytes. Null if the coding is malformed.</returns>
    internal int? Decode(Span<byte> bytes, out int taken)
    {
        var length = 0;
        taken = 0;
        while (taken < bytes.Length && !IsAtEnd)
        {
            if (_expected == Expected.Data)
            {
                var count = TakeData(bytes.Length - taken);
                if (taken > length)
                    bytes.Slice(taken, count).CopyTo(bytes[length..]);
                (taken, length) = (taken + count, length + count);
            }
            else if (!Take(bytes[taken++]))
            {
                return null;
            }
        }

        return length;
    }

    private int TakeData(int available)
    {
        var count = (int)Math.Min(_size, available);
        _size -= count;
        if (_size == 0)
            _expected = Expected.DataReturn;
        return count;
    }

    private bool Take(byte b)
    {
        _expected = Next(b);
        return _expected != Expected.Broken;
    }

    private Expected Next(byte b) => _expected switch
    {
        Expected.Size => AfterSize(b),
        Expected.SizeLineFeed when b == '\n' => _size > 0 ? Expected.Data : Expected.TrailerStart,
        >= Expected.ExtensionStart and <= Expected.ExtensionValueBlank => ++_lineLength <= MaxLine ? AfterExtension(b) : Expected.Broken,
        Expected.DataReturn when b == '\r' => Expected.DataLineFeed,
        Expected.DataLineFeed when b == '\n' => NextSize(),
        Expected.LastLineFeed when b == '\n' => Expected.Nothing,
        >= Expected.TrailerStart and <= Expected.TrailerLineFeed => ++_trailersLength <= MaxTrailers ? AfterTrailer(b) : Expected.Broken,
        _ => Expected.Broken,
    };

    private Expected NextSize()
    {
        _lineLength = 0;
        return Expected.Size;
    }

    private Expected AfterSize(byte b)
    {
        if (char.IsAsciiHexDigit((char)b))
        {
            _size = (_size << 4) + ValueOf(b);
            return ++_lineLength <= MaxDigits ? Expected.Size : Expected.Broken;
        }

        return _lineLength == 0 ? Expected.Broken
            : b == '\r' ? Expected.SizeLineFeed
            : b == ';' ? Expected.ExtensionStart
            : Expected.Broken;
    }

    /// <summary>
    /// An extension (RFC 9112, 7.1.1): a name and an optional value, a token or a quoted string, with optional blanks
    /// between them.
    /// </summary>
    private Expected AfterExtension(byte b) => _expected switch
    {
        Expected.ExtensionStart when IsBlank(b) => Expected.ExtensionStart,
        Expected.ExtensionStart or Expected.ExtensionName when HeadRules.IsToken(b) => Expected.ExtensionName,
        Expected.ExtensionName or Expected.ExtensionNameBlank when IsBlank(b) => Expected.ExtensionNameBlank,
        Expected.ExtensionName or Expected.ExtensionNameBlank when b == '=' => Expected.ExtensionValueStart,
        Expected.ExtensionValueStart when IsBlank(b) => Expected.ExtensionValueStart,
        Expected.ExtensionValueStart when b == '"' => Expected.ExtensionQuoted,
        Expected.ExtensionValueStart or Expected.ExtensionValue when HeadRules.IsToken(b) => Expected.ExtensionValue,
        Expected.ExtensionQuoted when b == '"' => Expected.ExtensionQuotedEnd,
        Expected.ExtensionQuoted when b == '\\' => Expected.ExtensionQuotedPair,
        Expected.ExtensionQuoted or Expected.ExtensionQuotedPair when IsText(b) => Expected.ExtensionQuoted,
        Expected.ExtensionStart or Expected.ExtensionValueStart or Expected.ExtensionQuoted or Expected.ExtensionQuotedPair => Expected.Broken,
        _ when b == ';' => Expected.ExtensionStart,
        Expected.ExtensionName or Expected.ExtensionValue or Expected.ExtensionQuotedEnd when b == '\r' => Expected.SizeLineFeed,
        Expected.ExtensionValue or Expected.ExtensionQuotedEnd or Expected.ExtensionValueBlank when IsBlank(b) => Expected.ExtensionValueBlank,
        _ => Expected.Broken,
    };

    private Expected AfterTrailer(byte b) => _expected switch
    {
        Expected.TrailerStart when b == '\r' => Expected.LastLineFeed,
        Expected.TrailerStart or Expected.TrailerName when HeadRules.IsToken(b) => Expected.TrailerName,
        Expected.TrailerName when b == ':' => Expected.Trailer,
        Expected.Trailer when b == '\r' => Expected.TrailerLineFeed,
        Expected.Trailer when IsText(b) => Expected.Trailer,
        Expected.TrailerLineFeed when b == '\n' => Expected.TrailerStart,
        _ => Expected.Broken,
    };

    private static int ValueOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    private static bool IsText(byte b) => b is >= 32 and not 127 or (byte)'\t';
}

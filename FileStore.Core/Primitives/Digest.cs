namespace FileStore.Core.Primitives;

/// <summary>
/// The hash of some bytes: the only name a blob has. A value that exists is valid, so that nothing behind the door
/// has to check it again. Text is always lower-case hexadecimal.
/// </summary>
public readonly record struct Digest
{
    private readonly string? _hex;

    private Digest(HashKind kind, string hex)
    {
        Kind = kind;
        _hex = hex;
    }

    public HashKind Kind { get; }

    /// <summary>Lower-case hexadecimal, <see cref="HashKind.HexLength"/> digits.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("default(Digest) names nothing");

    /// <summary>Accepts exactly the digits of one digest of <paramref name="kind"/>, in either case; nothing else.</summary>
    public static bool TryParse(HashKind kind, ReadOnlySpan<char> text, out Digest digest)
    {
        digest = default;
        if (text.Length != kind.HexLength || text.ContainsAnyExcept(HexDigits))
            return false;

        Span<char> lower = stackalloc char[text.Length];
        text.ToLowerInvariant(lower);
        digest = new Digest(kind, new string(lower));
        return true;
    }

    /// <summary>Names the raw bytes of a digest.</summary>
    /// <exception cref="ArgumentException">The length is not that of <paramref name="kind"/>.</exception>
    public static Digest FromBytes(HashKind kind, ReadOnlySpan<byte> bytes) => bytes.Length == kind.ByteCount
        ? new Digest(kind, Convert.ToHexStringLower(bytes))
        : throw new ArgumentException($"a {kind} digest has {kind.ByteCount} bytes, not {bytes.Length}", nameof(bytes));

    /// <summary>The digest's raw bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    public bool Equals(Digest other) => Kind == other.Kind && string.Equals(_hex, other._hex, StringComparison.Ordinal);

    public override int GetHashCode() => _hex is null ? 0 : _hex.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _hex ?? "";

    private static readonly System.Buffers.SearchValues<char> HexDigits =
        System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}

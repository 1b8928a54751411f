namespace FileStore.Core.Primitives;

/// <summary>
/// The hash of a blob's content, which is the blob's only name. Instances are always valid; callers need not validate them
/// again.
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
    public string Hex => _hex ?? throw new InvalidOperationException("default(Digest) has no value");

    /// <summary>Parses <see cref="HashKind.HexLength"/> hexadecimal digits, in either case, and nothing else.</summary>
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

    /// <summary>Makes a digest of its raw bytes.</summary>
    /// <exception cref="ArgumentException">The length is not that of <paramref name="kind"/>.</exception>
    public static Digest FromBytes(HashKind kind, ReadOnlySpan<byte> bytes) => bytes.Length == kind.ByteCount
        ? new Digest(kind, Convert.ToHexStringLower(bytes))
        : throw new ArgumentException($"a {kind} digest has {kind.ByteCount} bytes, not {bytes.Length}", nameof(bytes));

    /// <summary>The raw bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    public bool Equals(Digest other) => Kind == other.Kind && string.Equals(_hex, other._hex, StringComparison.Ordinal);

    public override int GetHashCode() => _hex is null ? 0 : _hex.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _hex ?? "";

    private static readonly System.Buffers.SearchValues<char> HexDigits =
        System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace FileStore.Core.Primitives;

/// <summary>A hash function that blobs can be named by. There are four instances, which are compared by reference.</summary>
public sealed class HashKind
{
    public static readonly HashKind Md5 = new("md5", "md5", HashAlgorithmName.MD5, 16);
    public static readonly HashKind Sha1 = new("sha1", "sha", HashAlgorithmName.SHA1, 20);
    public static readonly HashKind Sha256 = new("sha256", "sha-256", HashAlgorithmName.SHA256, 32);
    public static readonly HashKind Sha512 = new("sha512", "sha-512", HashAlgorithmName.SHA512, 64);

    /// <summary>All kinds, weakest first.</summary>
    public static readonly IReadOnlyList<HashKind> All = [Md5, Sha1, Sha256, Sha512];

    private readonly HashAlgorithmName _algorithm;

    private HashKind(string name, string fieldName, HashAlgorithmName algorithm, int byteCount)
    {
        Name = name;
        DigestHeaderName = fieldName;
        _algorithm = algorithm;
        ByteCount = byteCount;
    }

    /// <summary>The name on the command line and in the store's marker, such as <c>sha256</c>.</summary>
    public string Name { get; }

    /// <summary>The name in HTTP digest headers (RFC 9530, section 7.2), such as <c>sha-256</c>.</summary>
    public string DigestHeaderName { get; }

    /// <summary>Length of a digest in bytes.</summary>
    public int ByteCount { get; }

    /// <summary>Length of a digest in hexadecimal digits.</summary>
    public int HexLength => ByteCount * 2;

    /// <summary>Finds a kind by its <see cref="Name"/>, case-insensitively.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out HashKind? kind) =>
        (kind = All.FirstOrDefault(k => k.Name.Equals(text, StringComparison.OrdinalIgnoreCase))) is not null;

    /// <summary>Finds the kind whose digests have this many hexadecimal digits. Null if there is none.</summary>
    public static HashKind? OfHexLength(int hexLength) => All.FirstOrDefault(k => k.HexLength == hexLength);

    /// <summary>Computes the digest of content in memory.</summary>
    public Digest DigestOf(ReadOnlySpan<byte> bytes) => Digest.FromBytes(this, CryptographicOperations.HashData(_algorithm, bytes));

    /// <summary>Starts an incremental computation. The caller disposes it.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(_algorithm);

    public override string ToString() => Name;
}

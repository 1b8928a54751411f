using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FileStore.Core.Primitives;

namespace FileStore.Daemon.Http.Access;

/// <summary>
/// Signs links that read one path until a moment, without an access token. The key of the signatures is made for the first
/// link, and without its file no link is valid: removing it revokes all of them.
/// </summary>
/// <param name="path">The file of the key.</param>
/// <param name="time">The clock.</param>
internal sealed class SignedLinks(string path, TimeProvider time)
{
    private const int KeyBytes = 32;
    private const int TimeBytes = 8;
    private const int SignatureBytes = 32;

    private readonly Lock _lock = new();

    /// <summary>What a request with a link may do, in the place of an access token.</summary>
    internal static AccessToken Token { get; } = new("link", Scope.Read, [], default);

    /// <summary>The signature of a link, for its parameter <c>key</c>.</summary>
    /// <param name="target">The path that it reads, decoded and in NFC, such as <c>/names/a b</c>.</param>
    /// <param name="expires">When it ends; whole seconds count.</param>
    /// <exception cref="IOException">The file of the key cannot be read or made.</exception>
    internal string Sign(string target, DateTimeOffset expires)
    {
        var link = new byte[TimeBytes + SignatureBytes];
        BinaryPrimitives.WriteInt64BigEndian(link, expires.ToUnixTimeSeconds());
        lock (_lock)
            Signature(ReadKey() ?? MakeKey(), link.AsSpan(0, TimeBytes), target).CopyTo(link, TimeBytes);
        return Base64Url.EncodeToString(link);
    }

    /// <summary>Whether a link reads a path, and has not ended.</summary>
    /// <param name="target">The path, as for <see cref="Sign"/>.</param>
    /// <param name="key">The parameter <c>key</c>.</param>
    internal bool IsValid(string target, string key)
    {
        var link = new byte[TimeBytes + SignatureBytes];
        if (Base64Url.DecodeFromChars(key, link, out _, out var length) != OperationStatus.Done || length != link.Length)
            return false;
        return TryReadKey() is { } secret
            && CryptographicOperations.FixedTimeEquals(Signature(secret, link.AsSpan(0, TimeBytes), target), link.AsSpan(TimeBytes))
            && BinaryPrimitives.ReadInt64BigEndian(link) > time.GetUtcNow().ToUnixTimeSeconds();
    }

    private static byte[] Signature(byte[] secret, ReadOnlySpan<byte> expires, string target) =>
        HMACSHA256.HashData(secret, (byte[])[.. expires, .. Encoding.UTF8.GetBytes(target)]);

    private byte[]? ReadKey() => DurableFile.TryRead(path, KeyBytes, out _) is { Length: KeyBytes } secret ? secret : null;

    private byte[]? TryReadKey()
    {
        try
        {
            return ReadKey();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private byte[] MakeKey()
    {
        var secret = RandomNumberGenerator.GetBytes(KeyBytes);
        DurableFile.Replace(path, secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return secret;
    }
}
